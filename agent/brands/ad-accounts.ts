import { Problem } from '../../shared/errors.ts'
import type { ActionName } from '../../shared/operator-actions.ts'
import { accountIdPattern } from '../connectors/meta/accounts.ts'
import { checkName } from '../jobs/names.ts'
import {
  isAccountOfOthers,
  linkBrandAdAccount,
  listBrandAdAccounts,
  unlinkBrandAdAccount,
} from '../store/brand-ad-accounts.ts'
import type { Brand } from '../store/brands.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'

type Owner = Pick<Brand, 'id' | 'organizationId'>

export interface AccountLink {
  /** As people write it: with or without `act_`. */
  readonly account: string
  /** Null keeps the name it has. */
  readonly name: string | null
  readonly isPrimary: boolean
}

/** Gives a brand an ad account, or changes how it has it. Returns the id as it is stored. @throws Problem `invalid_input`, `conflict`. */
export async function linkAccount(
  database: DatabasePool,
  actor: Actor,
  brand: Owner,
  link: AccountLink,
): Promise<string> {
  return database.transaction((transaction) => linkAccountWithin(transaction, actor, brand, link))
}

/** As part of a larger change. */
export async function linkAccountWithin(
  transaction: Database,
  actor: Actor,
  brand: Owner,
  link: AccountLink,
): Promise<string> {
  const wanted = checkAccount(link.account)
  const name = link.name === null ? null : checkName(link.name, 'account_name')
  const known = await listBrandAdAccounts(transaction, brand.id)
  // An older program may have written it without the prefix; it stays one account.
  const own = known.find((one) => one.accountId === wanted || `act_${one.accountId}` === wanted)
  if (own === undefined && (await isAccountOfOthers(transaction, brand.organizationId, wanted))) throw foreign(wanted)
  const accountId = own?.accountId ?? wanted
  await linkBrandAdAccount(transaction, { brandId: brand.id, accountId, name, isPrimary: link.isPrimary })
  await record(transaction, actor, brand, {
    action: 'brand.link_account',
    before: null,
    after: { account: accountId, name, primary: link.isPrimary },
  })
  return accountId
}

/** Takes an account away; null = the brand did not have it. What was synced from it stays. */
export async function unlinkAccount(
  database: DatabasePool,
  actor: Actor,
  brand: Owner,
  account: string,
): Promise<{ readonly accountId: string; readonly name: string | null; readonly isPrimary: boolean } | null> {
  return database.transaction(async (transaction) => {
    const gone = await unlinkBrandAdAccount(transaction, brand.id, account)
    if (gone === null) return null
    const before = { account: gone.accountId, name: gone.name, primary: gone.isPrimary }
    await record(transaction, actor, brand, { action: 'brand.unlink_account', before, after: null })
    return gone
  })
}

/** The account the way Meta writes it. @throws Problem `invalid_input`. */
export function checkAccount(text: string): string {
  const account = text.trim()
  if (accountIdPattern.test(account)) return `act_${account.replace(/^act_/, '')}`
  throw new Problem('invalid_input', `"${account}" is no Meta ad account.`, {
    field: 'account',
    value: account,
    fix: 'Write it like act_1234567890; Ads Manager shows it in its address.',
  })
}

/** Once they take it away, what it brings would be whoever waits for it here. */
function foreign(account: string): Problem {
  return new Problem('conflict', `The ad account ${account} belongs to a brand of another organization.`, {
    field: 'account',
    value: account,
    fix: 'Take it away from that brand first; who administers all organizations sees it.',
  })
}

type Facts = { account: string; name: string | null; primary: boolean }

async function record(
  transaction: Database,
  actor: Actor,
  { id, organizationId }: Owner,
  entry: { readonly action: ActionName; readonly before: Facts | null; readonly after: Facts | null },
): Promise<void> {
  await insertOperatorAction(transaction, { actor, organizationId, subjectType: 'brand', subjectId: id, ...entry })
}
