import { type Cadence, describeCadence, type Fire, nextFires, parseCadence } from '../../../shared/cadence.ts'
import { legacyTimeZone } from '../../../shared/domain.ts'
import { formatAge, formatInstant } from '../../../shared/duration.ts'
import { Problem } from '../../../shared/errors.ts'
import type { KnownJobType } from '../../freshness/known-catalog.ts'
import { knownCatalog } from '../../freshness/overview.ts'
import type { Catalog } from '../../jobs/catalog/catalog.ts'
import { validateParameters } from '../../jobs/catalog/parameters.ts'
import { ensureRecurringJob } from '../../jobs/operations.ts'
import { listAgents } from '../../store/agent-list.ts'
import { cliActor } from '../actor.ts'
import type { CliContext } from '../context.ts'
import { brandNamed, jobTypeNamed, organizationNamed } from '../lookup.ts'
import { type Printer, shortId } from '../output/printer.ts'
import { readParameters } from '../parameter-flags.ts'
import { cadenceAsked, cadenceSaid, type ScheduleFlags } from '../schedule-flags.ts'
import { readRules } from '../schedule-rules.ts'
import { configured, withSession } from '../session.ts'
import { jobDocument } from './jobs.ts'
import { nobodyRuns } from './run.ts'
import { isForMany, noBrand, scheduleBrands } from './schedule-brands.ts'

/** `pm schedule <job type>`: creates or updates the one recurring job of (brand, job type) (J12); for many brands, makes those that are missing. */
export async function schedule(context: CliContext, key: string, flags: ScheduleFlags): Promise<void> {
  if (flags.preview === true) return preview(context, key, flags)
  if (isForMany(flags)) return scheduleBrands(context, key, flags)
  const [brandName] = flags.brand ?? []
  if (brandName === undefined) throw noBrand()
  if (flags.dryRun === true) throw oneIsChanged()
  await withSession(context, flags, 'write', async (session) => {
    const { database, catalog, settings, print } = session
    const agents = await listAgents(database, settings.leaseSeconds)
    const jobType = jobTypeNamed(knownCatalog(catalog, agents), key)
    const asked = cadenceSaid(flags, jobType.cadence, settings.defaultTimeZone)
    const organization = flags.org === undefined ? null : await organizationNamed(database, flags.org)
    const brand = await brandNamed(database, brandName, organization?.id)
    const parameters = readParameters(flags.param ?? [], jobType)
    const rules = readRules(flags)
    const outcome = await ensureRecurringJob(database, cliActor(context), {
      brandId: brand.id,
      jobType: jobType.key,
      cron: asked?.cron ?? null,
      timeZone: asked?.timeZone ?? flags.zone ?? settings.defaultTimeZone,
      keepsCron: flags.cron === undefined,
      keepsTimeZone: flags.cron === undefined && flags.zone === undefined,
      checkParameters: (stored) => validateParameters(jobType, stored),
      // Without a --name a job that is there keeps its own.
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags.param === undefined ? {} : { parameters }),
      ...rules,
    })
    const { job, changed, created, message } = outcome
    const cadence = parseCadence(job.cronExpression ?? '', job.timeZone ?? legacyTimeZone)
    const fires = nextFires(cadence, job.asOf, 5)
    const note = nobodyRuns(jobType.key, agents, session)
    print.answer({ changed, created, message, note, job: jobDocument(job), nextFires: fires }, () => {
      print.line(`${message} (${brand.name}, job ${shortId(job.id)})`)
      if (flags.cron === undefined) print.line(created ? suggested : 'Without --cron it keeps its cadence.')
      tellFires(print, cadence, fires, job.asOf)
      if (note !== null) print.line(note, 'yellow')
    })
  })
}

/** Needs no database: the fires are computed from this machine's clock, and nothing is written. */
async function preview(context: CliContext, key: string, flags: ScheduleFlags): Promise<void> {
  const { print, settings, catalog } = configured(context, flags)
  const cadence = cadenceAsked(key, flags, publicCadence(catalog, key), settings.defaultTimeZone)
  const now = context.clock.now()
  const fires = nextFires(cadence, now, 5)
  print.answer({ ...cadence, words: describeCadence(cadence), nextFires: fires }, () => {
    if (flags.cron === undefined) print.line(suggested)
    tellFires(print, cadence, fires, now)
  })
}

/** For one brand a schedule that is there is changed, of which no dry run tells. */
function oneIsChanged(): Problem {
  return new Problem('invalid_input', '--dry-run is for several brands.', {
    field: '--dry-run',
    fix: 'Leave it out; --preview shows when a schedule fires.',
  })
}

const suggested = 'The cadence is the one that the catalog suggests; --cron sets another.'

function publicCadence({ jobTypes }: Catalog, key: string): KnownJobType['cadence'] {
  const cadence = jobTypes.get(key)?.cadence ?? null
  return cadence === null ? null : { cron: cadence.cron, time_zone: cadence.timeZone }
}

const notes = {
  dst_gap: 'moved: the clocks are put forward over this time',
  dst_overlap: 'the clocks show this time twice that day',
} as const satisfies Record<NonNullable<Fire['note']>, string>

function tellFires(print: Printer, cadence: Cadence, fires: readonly Fire[], now: Date): void {
  print.line(`${describeCadence(cadence)}, ${cadence.timeZone}. Next:`)
  for (const fire of fires) {
    const note = fire.note === null ? '' : `  (${notes[fire.note]})`
    print.line(`  ${fire.local}  =  ${formatInstant(fire.at)}, ${formatAge(fire.at, now)}${note}`)
  }
}
