import type { TokenScope } from '../../shared/contract/base.ts'
import type { Database, Statement } from './database.ts'

export interface ApiToken {
  readonly id: string
  readonly name: string
  readonly scope: TokenScope
  /** Null = all organizations. */
  readonly organizationId: string | null
  readonly createdAt: Date
  readonly createdBy: string
  /** Kept to the minute; null = never. */
  readonly lastUsedAt: Date | null
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
}

const columns = `
  id, name, scope, organization_id as "organizationId", created_at as "createdAt", created_by as "createdBy",
  last_used_at as "lastUsedAt", expires_at as "expiresAt", revoked_at as "revokedAt"`

const insertStatement: Statement = {
  name: 'insert_api_token',
  text: `
insert into api_tokens (id, name, scope, organization_id, secret_hash, created_by, expires_at)
values ($1::uuid, $2::text, $3::text, $4::uuid, $5::bytea, $6::text, now() + make_interval(days => $7::int))
returning ${columns}`,
}

/** `secretHash` is the SHA-256 of the secret; null days = it does not expire. */
export async function insertApiToken(
  database: Database,
  token: {
    readonly id: string
    readonly name: string
    readonly scope: TokenScope
    readonly organizationId: string | null
    readonly secretHash: Uint8Array
    readonly createdBy: string
    readonly expiresInDays: number | null
  },
): Promise<ApiToken> {
  const { id, name, scope, organizationId, secretHash, createdBy, expiresInDays } = token
  const values = [id, name, scope, organizationId, secretHash, createdBy, expiresInDays]
  const [row] = await database.query<ApiToken>(insertStatement, values)
  if (row === undefined) throw new Error('insert_api_token returned no row')
  return row
}

const listStatement: Statement = {
  name: 'list_api_tokens',
  text: `
select ${columns}
from api_tokens
where ($1::uuid is null or organization_id = $1::uuid)
order by created_at desc, id`,
}

/** The newest first, revoked and expired ones included; of one organization, or all with null. */
export async function listApiTokens(database: Database, organizationId: string | null): Promise<ApiToken[]> {
  return database.query<ApiToken>(listStatement, [organizationId])
}

/** A token that may be used now, with what proves it. */
export interface LivingToken {
  readonly id: string
  readonly name: string
  readonly scope: TokenScope
  readonly organizationId: string | null
  readonly secretHash: Uint8Array
  /** Its last use was noted more than a minute ago, or never. */
  readonly isUseUnnoted: boolean
}

const livingStatement: Statement = {
  name: 'living_api_token',
  text: `
select id, name, scope, organization_id as "organizationId", secret_hash as "secretHash",
  coalesce(last_used_at < now() - interval '1 minute', true) as "isUseUnnoted"
from api_tokens
where id = $1::uuid and revoked_at is null and coalesce(expires_at > now(), true)`,
}

/** Null = there is none, or it is revoked or expired by the database's clock. */
export async function livingApiToken(database: Database, id: string): Promise<LivingToken | null> {
  const [token] = await database.query<LivingToken>(livingStatement, [id])
  return token ?? null
}

const noteStatement: Statement = {
  name: 'note_api_token_use',
  text: `
update api_tokens set last_used_at = now()
where id = $1::uuid and coalesce(last_used_at < now() - interval '1 minute', true)`,
}

/** Notes that it was used, at most once a minute. */
export async function noteApiTokenUse(database: Database, id: string): Promise<void> {
  await database.query(noteStatement, [id])
}

const revokeStatement: Statement = {
  name: 'revoke_api_token',
  text: `
update api_tokens set revoked_at = now(), revoked_by = $2::text
where id = $1::uuid and revoked_at is null
returning id`,
}

/** False when it was revoked already, or never was. */
export async function revokeApiToken(database: Database, id: string, revokedBy: string): Promise<boolean> {
  return (await database.query(revokeStatement, [id, revokedBy])).length > 0
}
