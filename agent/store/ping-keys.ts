import type { Database, Statement } from './database.ts'

/** Names a brand in addresses of pings. */
export interface PingKey {
  readonly brandId: string
  readonly organizationId: string
  /** A secret: for addresses alone. */
  readonly key: string
}

const columns = `brand_id as "brandId", organization_id as "organizationId", key`

const getStatement: Statement = {
  name: 'get_ping_key',
  text: `select ${columns} from ping_keys where brand_id = $1::uuid`,
}

export async function getPingKey(database: Database, brandId: string): Promise<PingKey | null> {
  const [row] = await database.query<PingKey>(getStatement, [brandId])
  return row ?? null
}

const setStatement: Statement = {
  name: 'set_ping_key',
  text: `
insert into ping_keys (brand_id, organization_id, key, changed_by) values ($1::uuid, $2::uuid, $3::text, $4::text)
on conflict (brand_id) do update set key = excluded.key, changed_at = now(), changed_by = excluded.changed_by`,
}

/** Replaces the one before, whose addresses then lead nowhere. */
export async function setPingKey(database: Database, key: PingKey, changedBy: string): Promise<void> {
  await database.query(setStatement, [key.brandId, key.organizationId, key.key, changedBy])
}

const holdStatement: Statement = {
  name: 'hold_ping_keys',
  text: `
select ping_key.brand_id as "brandId", ping_key.organization_id as "organizationId", ping_key.key
from ping_keys ping_key
join organization_features feature on feature.organization_id = ping_key.organization_id
  and feature.feature = $2::text and feature.enabled
join brands brand on brand.id = ping_key.brand_id and brand.archived_at is null
where ping_key.key = any($1::text[])
order by ping_key.brand_id
for no key update of ping_key`,
}

/** Those of organizations that have the section, until the end of the transaction: one check at a time is made by a key. */
export async function holdPingKeys(database: Database, keys: readonly string[], feature: string): Promise<PingKey[]> {
  return database.query<PingKey>(holdStatement, [keys, feature])
}
