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
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed, jobTypeNamed } from '../lookup.ts'
import { type Printer, shortId } from '../output/printer.ts'
import { readParameters } from '../parameter-flags.ts'
import { type RuleFlags, readRules } from '../schedule-rules.ts'
import { configured, withSession } from '../session.ts'
import { jobDocument } from './jobs.ts'
import { nobodyRuns } from './run.ts'
import { isForMany, noBrand, scheduleBrands } from './schedule-brands.ts'

export interface ScheduleFlags extends GlobalFlags, RuleFlags {
  readonly brand?: readonly string[]
  readonly allBrands?: boolean
  readonly org?: string
  readonly spread?: string
  readonly dryRun?: boolean
  readonly cron?: string
  readonly zone?: string
  readonly name?: string
  readonly param?: readonly string[]
  readonly preview?: boolean
}

/** `pm schedule <job type>`: creates or updates the one recurring job of (brand, job type) (J12); for many brands, makes those that are missing. */
export async function schedule(context: CliContext, key: string, flags: ScheduleFlags): Promise<void> {
  if (flags.preview === true) return preview(context, key, flags)
  if (isForMany(flags)) return scheduleBrands(context, key, flags)
  const [brandName] = flags.brand ?? []
  if (brandName === undefined) throw noBrand()
  await withSession(context, flags, 'write', async (session) => {
    const { database, catalog, settings, print } = session
    const agents = await listAgents(database, settings.leaseSeconds)
    const jobType = jobTypeNamed(knownCatalog(catalog, agents), key)
    const asked = cadenceSaid(flags, jobType.cadence, settings.defaultTimeZone)
    const brand = await brandNamed(database, brandName)
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

const suggested = 'The cadence is the one that the catalog suggests; --cron sets another.'

/** The flags, else what the catalog suggests; null without either. */
function cadenceSaid(flags: ScheduleFlags, suggestion: KnownJobType['cadence'], usualZone: string): Cadence | null {
  if (flags.cron !== undefined) return parseCadence(flags.cron, flags.zone ?? usualZone)
  if (suggestion === null) return null
  return parseCadence(suggestion.cron, flags.zone ?? suggestion.time_zone ?? usualZone)
}

/** Throws Problem `invalid_input` where nothing says it. */
export function cadenceAsked(
  key: string,
  flags: ScheduleFlags,
  suggestion: KnownJobType['cadence'],
  usualZone: string,
): Cadence {
  const cadence = cadenceSaid(flags, suggestion, usualZone)
  if (cadence !== null) return cadence
  throw new Problem('invalid_input', `When ${key} is to run is not said, and its catalog suggests no cadence.`, {
    field: '--cron',
    fix: 'Add --cron with five fields, such as --cron "0 6 * * *" for daily at 06:00.',
  })
}

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
