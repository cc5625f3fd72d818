import { Problem } from '../../../shared/errors.ts'
import { accountIdPattern } from '../../connectors/meta/accounts.ts'
import { checkName } from '../../jobs/names.ts'
import { linkBrandAdAccount, listBrandAdAccounts } from '../../store/brand-ad-accounts.ts'
import { insertOperatorAction } from '../../store/operator-actions.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed } from '../lookup.ts'
import { shellWord } from '../output/safe-text.ts'
import { withSession } from '../session.ts'

/** `pm brands link <account> --brand <name>`. */
export async function linkAccount(
  context: CliContext,
  text: string,
  flags: GlobalFlags & { brand: string; label?: string; primary?: boolean },
): Promise<void> {
  const wanted = checkAccount(text)
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const { id: brandId, name: brandName, organizationId } = await brandNamed(database, flags.brand)
    const known = await listBrandAdAccounts(database, brandId)
    // An older program may have written it without the prefix; it stays one account.
    const accountId = known.find((one) => `act_${one.accountId}` === wanted)?.accountId ?? wanted
    const isPrimary = flags.primary === true
    const name = flags.label === undefined ? null : checkName(flags.label)
    await database.transaction(async (transaction) => {
      await linkBrandAdAccount(transaction, { brandId, accountId, name, isPrimary })
      await insertOperatorAction(transaction, {
        actor: cliActor(context),
        organizationId,
        action: 'brand.link_account',
        subjectType: 'brand',
        subjectId: brandId,
        before: null,
        after: { account: accountId, name, primary: isPrimary },
      })
    })
    const accounts = await listBrandAdAccounts(database, brandId)
    print.answer({ brand: { id: brandId, name: brandName }, accounts }, () => {
      print.line(`${brandName} has the ad account ${accountId}.`)
      if (accounts.some((one) => one.accountId === accountId && one.isTaken)) print.line(taken)
      print.line(`Next: pm run meta_sync --brand ${shellWord(brandName)} --wait`)
    })
  })
}

const taken =
  'Another brand had it first, and a row of performance belongs to one brand: meta_sync will fail until it is taken away from one of them.'

/** The account the way Meta writes it. @throws Problem `invalid_input`. */
function checkAccount(text: string): string {
  const account = text.trim()
  if (accountIdPattern.test(account)) return `act_${account.replace(/^act_/, '')}`
  throw new Problem('invalid_input', `"${account}" is no Meta ad account.`, {
    field: 'account',
    value: account,
    fix: 'Write it like act_1234567890; Ads Manager shows it in its address.',
  })
}
