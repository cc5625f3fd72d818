import { formatAge } from '../../../shared/duration.ts'
import { Problem } from '../../../shared/errors.ts'
import { viewCheck } from '../../../shared/pings/check.ts'
import type { PingSchedule } from '../../../shared/pings/plan.ts'
import { slugOf } from '../../../shared/pings/slug.ts'
import { createCheck } from '../../intake/pings/create-check.ts'
import { listBrands } from '../../store/brands.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { getPingCode, listPingChecks } from '../../store/ping-checks.ts'
import { cliActor } from '../actor.ts'
import { agentAddress } from '../agent-address.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed, organizationNamed } from '../lookup.ts'
import { shortId } from '../output/printer.ts'
import { withSession } from '../session.ts'
import { lengthOf } from '../time-ahead.ts'

export interface NewCheckFlags extends GlobalFlags {
  readonly brand: string
  readonly every?: string
  readonly cron?: string
  readonly timeZone?: string
  readonly grace: string
  readonly slug?: string
  readonly dataset?: string
}

/** `pm pings`: checks and how they do; no address. */
export async function showPings(context: CliContext, flags: GlobalFlags & { org?: string }): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const organizationId = flags.org === undefined ? null : (await organizationNamed(database, flags.org)).id
    const now = await databaseNow(database)
    const brands = new Map((await listBrands(database, organizationId)).map(({ id, name }) => [id, name]))
    const found = await listPingChecks(database, { organizationId, brandId: null })
    const checks = found.map((check) => ({ ...check, ...viewCheck(check, check, now) }))
    print.answer({ checks }, () => {
      if (checks.length === 0) return print.line('No job pings yet. Add one: pm pings create <name> --brand <name>')
      print.table(
        [
          { title: 'state' },
          { title: 'check', shrinksTo: 14 },
          { title: 'brand', shrinksTo: 10 },
          { title: 'dataset', shrinksTo: 10 },
          { title: 'last ping' },
          { title: 'next expected' },
          { title: 'id' },
        ],
        checks.map((check) => [
          check.state,
          check.name,
          brands.get(check.brandId) ?? check.brandId,
          check.datasetKey,
          formatAge(check.lastPingAt, now),
          check.dueAt === null ? '–' : formatAge(check.dueAt, now),
          shortId(check.id),
        ]),
      )
    })
  })
}

/** `pm pings create <name> --brand`: the address is all that is written to stdout. */
export async function createPing(context: CliContext, name: string, flags: NewCheckFlags): Promise<void> {
  await withSession(context, flags, 'write', async ({ database, settings, print }) => {
    const brand = await brandNamed(database, flags.brand)
    const slug = flags.slug ?? slugOf(name)
    const check = {
      name,
      slug,
      datasetKey: flags.dataset ?? slug,
      schedule: scheduleOf(flags, settings.defaultTimeZone),
      graceSeconds: lengthOf(flags.grace, '--grace') / 1_000,
      resumesByHand: false,
    }
    const { id, code } = await database.transaction(async (transaction) => {
      const now = await databaseNow(transaction)
      const made = await createCheck(transaction, cliActor(context), { brand, settings: check, now })
      return { id: made, code: await getPingCode(transaction, made) }
    })
    const url = `${await agentAddress(settings)}/ping/${code}`
    print.answer({ check: { id, ...check }, url }, () => {
      print.line(url)
      print.note(
        `Keep it as a secret. ${brand.name} has the dataset ${check.datasetKey} now, which is fresh once it is called.`,
      )
    })
  })
}

function scheduleOf({ every, cron, timeZone }: NewCheckFlags, defaultTimeZone: string): PingSchedule {
  if (cron !== undefined && every !== undefined) {
    throw new Problem('invalid_input', 'A check is expected either every so often or by cron.', {
      field: '--cron',
      value: cron,
      fix: 'Leave out --every or --cron.',
    })
  }
  if (cron !== undefined) return { kind: 'cron', cron, timeZone: timeZone ?? defaultTimeZone }
  return { kind: 'period', periodSeconds: lengthOf(every ?? '1d', '--every') / 1_000 }
}
