import { checkAccount, linkAccount } from '../../brands/ad-accounts.ts'
import { checkName } from '../../jobs/names.ts'
import { listBrandAdAccounts } from '../../store/brand-ad-accounts.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed } from '../lookup.ts'
import { shellWord } from '../output/safe-text.ts'
import { withSession } from '../session.ts'

/** `pm brands link <account> --brand <name>`. */
export async function linkBrandAccount(
  context: CliContext,
  text: string,
  flags: GlobalFlags & { brand: string; label?: string; primary?: boolean },
): Promise<void> {
  const wanted = checkAccount(text)
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const { id: brandId, name: brandName, organizationId } = await brandNamed(database, flags.brand)
    const name = flags.label === undefined ? null : checkName(flags.label)
    const link = { account: wanted, name, isPrimary: flags.primary === true }
    const accountId = await linkAccount(database, cliActor(context), { id: brandId, organizationId }, link)
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
