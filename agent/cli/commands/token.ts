import { type TokenScope, tokenScopes } from '../../../shared/contract/base.ts'
import { formatAge, formatInstant } from '../../../shared/duration.ts'
import { Problem } from '../../../shared/errors.ts'
import { revokeToken as revoke } from '../../console/revoke-token.ts'
import { checkName } from '../../jobs/names.ts'
import { isTokenShaped, makeToken } from '../../server/bearer-token.ts'
import { type ApiToken, insertApiToken, listApiTokens } from '../../store/api-tokens.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { insertOperatorAction } from '../../store/operator-actions.ts'
import { listOrganizations } from '../../store/organizations.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { organizationNamed } from '../lookup.ts'
import { shortId } from '../output/printer.ts'
import { type Session, withSession } from '../session.ts'

export interface TokenFlags extends GlobalFlags {
  readonly name: string
  readonly scope: string
  readonly organization?: string
  readonly expiresInDays?: string
}

const longestDays = 3_650

/** `pm token create`: prints the token, which nobody can see again. */
export async function createToken(context: CliContext, flags: TokenFlags): Promise<void> {
  const name = checkName(flags.name)
  const scope = scopeOf(flags.scope)
  const expiresInDays = flags.expiresInDays === undefined ? null : daysOf(flags.expiresInDays)
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const actor = cliActor(context)
    const wanted = flags.organization
    const organizationId = wanted === undefined ? null : (await organizationNamed(database, wanted)).id
    const { id, text, secretHash } = makeToken()
    const token = await database.transaction(async (transaction) => {
      const given = { id, name, scope, organizationId, secretHash, createdBy: actor.operator, expiresInDays }
      const created = await insertApiToken(transaction, given)
      await insertOperatorAction(transaction, {
        actor,
        organizationId,
        action: 'token.create',
        subjectType: 'token',
        subjectId: id,
        before: null,
        after: { name, scope, expiresAt: created.expiresAt?.toISOString() ?? null },
      })
      return created
    })
    print.answer({ token: { ...token, text } }, () => {
      print.line(text)
      print.note('This is the only time it is shown. Programs send it as: Authorization: Bearer <token>')
    })
  })
}

/** `pm token list`. */
export async function showTokens(context: CliContext, flags: GlobalFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const tokens = await listApiTokens(database, null)
    const now = await databaseNow(database)
    const names = new Map((await listOrganizations(database)).map(({ id, name }) => [id, name]))
    print.answer({ tokens }, () => {
      if (tokens.length === 0) {
        return print.line('There are no tokens. Create one: pm token create --name <name> --scope read')
      }
      print.table(
        [
          { title: 'token', shrinksTo: 16 },
          { title: 'scope' },
          { title: 'organization', shrinksTo: 14 },
          { title: 'state', shrinksTo: 20 },
          { title: 'last used' },
          { title: 'id' },
        ],
        tokens.map((token) => [
          token.name,
          token.scope,
          token.organizationId === null ? 'all' : (names.get(token.organizationId) ?? token.organizationId),
          stateOf(token, now),
          token.lastUsedAt === null ? 'never' : formatAge(token.lastUsedAt, now),
          shortId(token.id),
        ]),
      )
    })
  })
}

/**
 * `pm token revoke <token>`: the id may be shortened; the name does as well when only one living token has it; and so does the token itself, as
 * it was found where it should not be.
 */
export async function revokeToken(context: CliContext, wanted: string, flags: GlobalFlags): Promise<void> {
  await withSession(context, flags, 'write', async (session) => {
    const token = await tokenNamed(session, wanted.trim())
    const changed = await revoke(session.database, cliActor(context), token)
    const message = `The token ${token.name} (${shortId(token.id)}) is ${changed ? 'now' : 'already'} revoked.`
    session.print.answer({ changed, message, tokenId: token.id }, () => session.print.line(message))
  })
}

/** A whole name comes before what is only the beginning of the id of another; one that lives before one that is revoked. */
async function tokenNamed({ database }: Session, wanted: string): Promise<ApiToken> {
  const tokens = await listApiTokens(database, null)
  const plainId = (/^pm_([0-9a-f]{32})(_|$)/.exec(wanted)?.[1] ?? wanted.toLowerCase()).replaceAll('-', '')
  const tries: ((token: ApiToken) => boolean)[] = [
    ({ id }) => id.replaceAll('-', '') === plainId,
    ({ name, revokedAt }) => name === wanted && revokedAt === null,
    ({ id }) => plainId.length >= 4 && id.replaceAll('-', '').startsWith(plainId),
    ({ name }) => name === wanted,
  ]
  const [found, ...others] = tries.map((matches) => tokens.filter(matches)).find(({ length }) => length > 0) ?? []
  // What stands there may be the token itself.
  const shown = isTokenShaped(wanted) ? 'as this' : `"${wanted}"`
  if (found !== undefined && others.length === 0) return found
  if (found === undefined) {
    throw new Problem('not_found', `There is no token ${shown}.`, {
      field: 'id',
      value: isTokenShaped(wanted) ? null : wanted,
      fix: 'List them: pm token list',
    })
  }
  const listed = [found, ...others].map(({ name, id }) => `${name} (${id})`).join('; ')
  throw new Problem('ambiguous', `${shown} could be several tokens: ${listed}.`, {
    field: 'id',
    value: wanted,
    fix: 'Name one by its whole id.',
  })
}

function stateOf({ expiresAt, revokedAt }: ApiToken, now: Date): string {
  if (revokedAt !== null) return `revoked ${formatAge(revokedAt, now)}`
  if (expiresAt === null) return 'does not expire'
  return `${expiresAt <= now ? 'expired' : 'expires'} ${formatInstant(expiresAt)}`
}

function scopeOf(text: string): TokenScope {
  const scope = tokenScopes.find((known) => known === text)
  if (scope !== undefined) return scope
  throw new Problem('invalid_input', `--scope: "${text}" is not a scope.`, {
    field: '--scope',
    value: text,
    fix: 'Use read, operate or admin, of which each includes those before it, or ingest, which only feeds the intakes.',
  })
}

function daysOf(text: string): number {
  const days = /^\d{1,6}$/.test(text.trim()) ? Number(text) : Number.NaN
  if (days >= 1 && days <= longestDays) return days
  throw new Problem('invalid_input', `--expires-in-days: "${text}" is not a number of days from 1 to ${longestDays}.`, {
    field: '--expires-in-days',
    value: text,
    fix: 'Use a whole number, or leave it out for a token that does not expire.',
  })
}
