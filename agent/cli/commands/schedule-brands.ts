import { describeCadence } from '../../../shared/cadence.ts'
import { Problem } from '../../../shared/errors.ts'
import { mostInSameMinute, widestSpread } from '../../../shared/spread.ts'
import type { KnownJobType } from '../../freshness/known-catalog.ts'
import { knownCatalog } from '../../freshness/overview.ts'
import { validateParameters } from '../../jobs/catalog/parameters.ts'
import { checkName } from '../../jobs/names.ts'
import { type BrandSchedules, brandCadences, createForBrand } from '../../jobs/operations.ts'
import { listAgents } from '../../store/agent-list.ts'
import { type Brand, listBrands } from '../../store/brands.ts'
import type { Database } from '../../store/database.ts'
import { listOrganizations } from '../../store/organizations.ts'
import { listScheduledBrands } from '../../store/scheduled-brands.ts'
import { cliActor } from '../actor.ts'
import type { CliContext } from '../context.ts'
import { brandNamed, jobTypeNamed, organizationNamed } from '../lookup.ts'
import { readParameters } from '../parameter-flags.ts'
import { cadenceAsked, type ScheduleFlags } from '../schedule-flags.ts'
import { readRules } from '../schedule-rules.ts'
import { type Session, withSession } from '../session.ts'
import { nobodyRuns } from './run.ts'

/** Whether more is asked for than the one recurring job of one brand. */
export function isForMany({ brand = [], allBrands, spread }: ScheduleFlags): boolean {
  return brand.length > 1 || allBrands === true || spread !== undefined
}

/** `pm schedule <job type>` for many brands: one for each that has none of the type, which are left as they are. Exit code 1 when one was refused. */
export async function scheduleBrands(context: CliContext, key: string, flags: ScheduleFlags): Promise<void> {
  const spreadMinutes = spreadOf(flags.spread)
  await withSession(context, flags, 'write', async (session) => {
    const { database, catalog, settings, print } = session
    const agents = await listAgents(database, settings.leaseSeconds)
    const jobType = jobTypeNamed(knownCatalog(catalog, agents), key)
    const request = requestOf(jobType, flags, spreadMinutes, settings.defaultTimeZone)
    const cadenceOf = brandCadences(request)
    const brands = await brandsAsked(database, flags)
    const make = flags.dryRun === true ? await rehearsal(session, brands, request) : makerOf(context, session, request)
    const results: Result[] = []
    for (const brand of brands) results.push(await resultOf(brand, make, cadenceOf(brand.id).cron))
    const note = nobodyRuns(jobType.key, agents, session)
    const counts = countsOf(results)
    print.answer({ dryRun: flags.dryRun === true, ...counts, note, spreadMinutes, results }, () => {
      const columns = [{ title: 'BRAND' }, { title: 'RESULT' }, { title: 'WHEN' }, { title: 'WHY' }]
      print.table(
        columns,
        results.map(({ brand, outcome, cron, message }) => [
          brand.name,
          wordOf(outcome, flags.dryRun === true),
          cron === null ? '' : describeCadence({ cron, timeZone: request.timeZone }),
          outcome === 'created' ? '' : message,
        ]),
      )
      print.line(summaryOf(counts, flags.dryRun === true))
      if (spreadMinutes > 1 && counts.created > 0) print.line(spanOf(results, request))
      if (note !== null) print.line(note, 'yellow')
    })
    if (counts.refused > 0) context.setExitCode(1)
  })
}

function requestOf(
  jobType: KnownJobType,
  flags: ScheduleFlags,
  spreadMinutes: number,
  usualZone: string,
): BrandSchedules {
  const cadence = cadenceAsked(jobType.key, flags, jobType.cadence, usualZone)
  const parameters = validateParameters(jobType, readParameters(flags.param ?? [], jobType))
  const name = checkName(flags.name ?? jobType.key)
  return { jobType: jobType.key, name, parameters, ...cadence, ...readRules(flags), spreadMinutes }
}

/** "30m", "2h", or minutes alone. Throws Problem `invalid_input`. */
function spreadOf(text: string | undefined): number {
  if (text === undefined) return 0
  const [, figures = '', unit = 'm'] = /^(\d{1,4})\s*(m|min|h)?$/i.exec(text.trim()) ?? []
  const minutes = figures === '' ? Number.NaN : Number(figures) * (unit.toLowerCase() === 'h' ? 60 : 1)
  if (minutes <= widestSpread) return minutes
  throw new Problem('invalid_input', `--spread "${text}" is not a time up to 24 hours.`, {
    field: '--spread',
    value: text,
    fix: 'Give minutes or hours, such as 30m or 2h.',
  })
}

async function brandsAsked(database: Database, flags: ScheduleFlags): Promise<readonly Brand[]> {
  const named = flags.brand ?? []
  if (flags.allBrands !== true) {
    if (named.length === 0) throw noBrand()
    const organization = flags.org === undefined ? null : await organizationNamed(database, flags.org)
    const found = new Map<string, Brand>()
    for (const text of named) {
      const brand = await brandNamed(database, text, organization?.id)
      found.set(brand.id, brand)
    }
    return [...found.values()]
  }
  if (named.length > 0) {
    throw new Problem('invalid_input', '--all-brands and --brand exclude each other.', {
      field: '--all-brands',
      fix: 'Leave one of them out.',
    })
  }
  return listBrands(database, await organizationAsked(database, flags.org))
}

/** Nobody means the brands of all organizations. */
async function organizationAsked(database: Database, text: string | undefined): Promise<string> {
  if (text !== undefined) return (await organizationNamed(database, text)).id
  const [only, ...others] = await listOrganizations(database)
  if (only !== undefined && others.length === 0) return only.id
  throw new Problem(
    'ambiguous',
    `--all-brands: there are ${others.length + (only === undefined ? 0 : 1)} organizations.`,
    {
      field: '--org',
      fix: 'Name one with --org; list them: pm organizations',
    },
  )
}

/** Also where the one schedule of one brand is meant. */
export function noBrand(): Problem {
  return new Problem('invalid_input', 'For which brand is not said.', {
    field: '--brand',
    fix: 'Add --brand <name>, several of them, or --all-brands.',
  })
}

interface Made {
  readonly outcome: 'created' | 'repeated' | 'exists' | 'refused'
  readonly message: string
  readonly jobId: string | null
}
interface Result extends Made {
  readonly brand: Pick<Brand, 'id' | 'name'>
  /** Null where nothing was made. */
  readonly cron: string | null
}
type Make = (brandId: string) => Promise<Made>

function makerOf(context: CliContext, { database }: Session, request: BrandSchedules): Make {
  return async (brandId) => {
    const { outcome, message, job } = await createForBrand(database, cliActor(context), request, brandId)
    return { outcome, message, jobId: job.id }
  }
}

/** What would become of each, as the database is now. */
async function rehearsal({ database }: Session, brands: readonly Brand[], request: BrandSchedules): Promise<Make> {
  const scheduled = new Map<string, { readonly jobId: string; readonly jobName: string }>()
  for (const organizationId of new Set(brands.map((brand) => brand.organizationId))) {
    const found = await listScheduledBrands(database, organizationId, request.jobType)
    for (const { brandId, ...job } of found) scheduled.set(brandId, job)
  }
  return (brandId) => {
    const found = scheduled.get(brandId)
    if (found === undefined) return Promise.resolve({ outcome: 'created', message: 'Would be scheduled.', jobId: null })
    const message = `It has ${found.jobName} already; it is left as it is.`
    return Promise.resolve({ outcome: 'exists', message, jobId: found.jobId })
  }
}

async function resultOf({ id, name }: Brand, make: Make, cron: string): Promise<Result> {
  const brand = { id, name }
  try {
    const made = await make(id)
    return { brand, ...made, cron: made.outcome === 'exists' ? null : cron }
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    // Archived since the brands were listed.
    return {
      brand,
      outcome: 'refused',
      message: `${thrown.message} ${thrown.fix ?? ''}`.trim(),
      jobId: null,
      cron: null,
    }
  }
}

function countsOf(results: readonly Result[]) {
  const count = (wanted: Made['outcome']): number => results.filter(({ outcome }) => outcome === wanted).length
  return { created: count('created'), existing: count('exists'), refused: count('refused') }
}

function wordOf(outcome: Made['outcome'], isDry: boolean): string {
  return outcome === 'created' ? (isDry ? 'would be made' : 'made') : outcome === 'exists' ? 'left alone' : outcome
}

function summaryOf({ created, existing, refused }: ReturnType<typeof countsOf>, isDry: boolean): string {
  const schedules = created === 1 ? '1 schedule' : `${created} schedules`
  const made = isDry ? `${schedules} would be made` : `${schedules} made`
  const parts = [made, `${existing} left alone`, ...(refused === 0 ? [] : [`${refused} refused`])]
  return `${parts.join(', ')}.`
}

/** Of those that are made: what is left alone keeps its own cadence. */
function spanOf(results: readonly Result[], { spreadMinutes }: BrandSchedules): string {
  const made = results.flatMap(({ outcome, cron }) => (outcome === 'created' && cron !== null ? [cron] : []))
  const most = mostInSameMinute(made)
  return `Spread over ${spreadMinutes} minutes: at most ${most} start in the same minute.`
}
