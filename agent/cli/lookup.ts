import { Problem } from '../../shared/errors.ts'
import { archivedBrand } from '../brands/brand-in-use.ts'
import type { KnownCatalog, KnownJobType } from '../freshness/known-catalog.ts'
import { didYouMean } from '../settings/suggestion.ts'
import { type Brand, listArchivedBrands, listBrands } from '../store/brands.ts'
import type { Database } from '../store/database.ts'
import { listOrganizations, type Organization } from '../store/organizations.ts'
import { findRuns, type Run } from '../store/scheduled-job-runs.ts'
import { findJobs, type Job } from '../store/scheduled-jobs.ts'
import { shortId } from './output/printer.ts'

/*
 * What a person typed, as the one thing that is meant. An id wins over a name, an exact name over one in other letters; what
 * could be several is a Problem that lists them, never a guess.
 */

/**
 * A brand in use by id, or by name; of this organization (null = of any), for two may have brands of one name. Throws Problem `not_found` or
 * `ambiguous`; `conflict` for one that is archived.
 */
export async function brandNamed(
  database: Database,
  text: string,
  organizationId: string | null = null,
): Promise<Brand> {
  const { brand, isArchived } = await anyBrand(database, text, organizationId)
  if (isArchived) throw archivedBrand({ door: 'cli' }, brand)
  return brand
}

/** The same, in use or archived; one in use wins. Throws Problem `not_found` or `ambiguous`. */
export async function anyBrandNamed(database: Database, text: string): Promise<Brand> {
  return (await anyBrand(database, text, null)).brand
}

/** The whole name of an archived brand comes before what is only the beginning of the id of another. */
async function anyBrand(
  database: Database,
  text: string,
  organizationId: string | null,
): Promise<{ readonly brand: Brand; readonly isArchived: boolean }> {
  const inUse = await listBrands(database, organizationId)
  const known = oneIfNamed(inUse, text, brandKind, wholeTries)
  if (known !== null) return { brand: known, isArchived: false }
  const archived = (await listArchivedBrands(database)).filter(
    (one) => organizationId === null || one.organizationId === organizationId,
  )
  const away = oneIfNamed(archived, text, brandKind, wholeTries)
  if (away !== null) return { brand: away, isArchived: true }
  const brand = oneIfNamed([...inUse, ...archived], text, brandKind, partTries)
  if (brand === null)
    throw missing(inUse, text, organizationId === null ? brandKind : { ...brandKind, where: ' in this organization' })
  return { brand, isArchived: !inUse.includes(brand) }
}

const brandKind: Kind<Brand> = {
  kind: 'brand',
  field: '--brand',
  list: 'List them: pm brands',
  describe: (brand) => `${brand.name} of ${brand.organizationName} (${brand.id})`,
}

/** An organization by id, or by name. Throws Problem `not_found` or `ambiguous`. */
export async function organizationNamed(database: Database, text: string): Promise<Organization> {
  return oneNamed(await listOrganizations(database), text, {
    kind: 'organization',
    field: '--organization',
    list: 'List them: pm organizations',
    describe: (organization) => `${organization.name} (${organization.id})`,
  })
}

export interface Kind<Thing> {
  readonly kind: string
  readonly field: string
  readonly list: string
  readonly describe: (thing: Thing) => string
  /** Among which it was looked for, for the end of a sentence. */
  readonly where?: string
  /** How to make the first one; unless told, by name. */
  readonly create?: string
}

/** The one that is meant, of all there are. Throws Problem `not_found` or `ambiguous`. */
export function oneNamed<Thing extends { readonly id: string; readonly name: string }>(
  things: readonly Thing[],
  text: string,
  kind: Kind<Thing>,
): Thing {
  const found = oneIfNamed(things, text, kind)
  if (found !== null) return found
  throw missing(things, text, kind)
}

type Try = (thing: { readonly id: string; readonly name: string }, wanted: string) => boolean

const plain = (name: string): string => name.normalize('NFC').trim()
const wholeTries: readonly Try[] = [
  ({ id }, wanted) => id === wanted.toLowerCase(),
  ({ name }, wanted) => plain(name) === wanted,
  ({ name }, wanted) => plain(name).toLowerCase() === wanted.toLowerCase(),
]
const partTries: readonly Try[] = [({ id }, wanted) => isIdPart(wanted) && id.startsWith(wanted.toLowerCase())]

function oneIfNamed<Thing extends { readonly id: string; readonly name: string }>(
  things: readonly Thing[],
  text: string,
  { kind, field, describe }: Kind<Thing>,
  tries: readonly Try[] = [...wholeTries, ...partTries],
): Thing | null {
  const wanted = plain(text)
  for (const matches of tries) {
    const [found, ...others] = things.filter((thing) => matches(thing, wanted))
    if (found !== undefined && others.length === 0) return found
    if (found === undefined) continue
    const listed = [found, ...others].slice(0, 10).map(describe).join('; ')
    const message = `"${wanted}" could be ${others.length + 1} ${kind}s: ${listed}.`
    throw new Problem('ambiguous', message, { field, value: text, fix: 'Give the id, or the exact name.' })
  }
  return null
}

function missing<Thing extends { readonly name: string }>(
  things: readonly Thing[],
  text: string,
  { kind, field, list, where = '', create = `pm ${kind}s create <name>` }: Kind<Thing>,
): Problem {
  const wanted = plain(text)
  const names = things.map(({ name }) => name)
  const fix = names.length === 0 ? `There are none yet. Create one: ${create}` : `${didYouMean(wanted, names)} ${list}`
  return new Problem('not_found', `There is no ${kind} "${wanted}"${where}.`, { field, value: text, fix })
}

/** A job by id, by the beginning or end of its id, or by its exact name. Throws Problem `not_found` or `ambiguous`. */
export async function jobNamed(database: Database, text: string, brandId: string | null): Promise<Job> {
  const job = await jobIfNamed(database, text, brandId)
  if (job !== null) return job
  const where = brandId === null ? '' : ' of this brand'
  throw new Problem('not_found', `There is no job "${text}"${where}.`, {
    field: 'job',
    value: text,
    fix: 'List them: pm jobs (put away ones: pm jobs --status archived)',
  })
}

async function jobIfNamed(database: Database, text: string, brandId: string | null): Promise<Job | null> {
  const wanted = text.trim()
  const found = await findJobs(database, { idPart: idPart(wanted), name: wanted, brandId })
  // What is put away counts only when nothing else is meant.
  const open = found.filter((job) => job.status !== 'archived')
  const [first, ...others] = open.length > 0 ? open : found
  if (others.length === 0) return first ?? null
  const listed = [first, ...others].flatMap((job) => (job === undefined ? [] : [describeJob(job)])).join('; ')
  throw new Problem('ambiguous', `"${wanted}" could be ${others.length + 1} jobs: ${listed}.`, {
    field: 'job',
    value: text,
    fix: 'Give the id, or narrow it down with --brand.',
  })
}

function describeJob(job: Job): string {
  return `${job.name} for ${job.brandName ?? 'the platform'} (${job.id})`
}

/** A run by id, or by the beginning or end of its id. Throws Problem `not_found` or `ambiguous`. */
export async function runNamed(database: Database, text: string): Promise<Run> {
  const run = await runIfNamed(database, text)
  if (run !== null) return run
  throw new Problem('not_found', `There is no run "${text}".`, {
    field: 'run',
    value: text,
    fix: 'List them: pm runs. The first or last 4 characters of an id are enough while they are unambiguous.',
  })
}

async function runIfNamed(database: Database, text: string): Promise<Run | null> {
  const part = idPart(text.trim())
  if (part === '') return null
  const [first, ...others] = await findRuns(database, part)
  if (others.length === 0) return first ?? null
  const listed = [first, ...others].map((run) => run?.id ?? '').join(', ')
  throw new Problem('ambiguous', `"${text}" could be several runs: ${listed}.`, {
    field: 'run',
    value: text,
    fix: 'Give more of the id. "pm runs" shows the part that tells runs apart.',
  })
}

/** A run, or the run in progress of a job. Throws Problem when neither is there. */
export async function runOrRunningJob(database: Database, text: string, brandId: string | null): Promise<Run> {
  const run = await runIfNamed(database, text)
  if (run !== null) return run
  const job = await jobNamed(database, text, brandId)
  const running = job.currentRunId === null ? null : await runIfNamed(database, job.currentRunId)
  if (running !== null) return running
  throw new Problem('conflict', `Nothing of ${job.name} is running.`, {
    field: 'job',
    value: job.id,
    fix: `To keep it from running, pause it (pm pause ${shortId(job.id)}) or put it away (pm archive ${shortId(job.id)}).`,
  })
}

/** A run, or the last run of a job. Throws Problem when neither is there. */
export async function runOrLastRun(database: Database, text: string, brandId: string | null): Promise<Run> {
  const run = await runIfNamed(database, text)
  if (run !== null) return run
  const job = await jobNamed(database, text, brandId)
  const last = job.lastRunId === null ? null : await runIfNamed(database, job.lastRunId)
  if (last !== null) return last
  throw new Problem('conflict', `No run of ${job.name} has ended.`, {
    field: 'job',
    value: job.id,
    fix: 'List its runs: pm runs',
  })
}

/** A job, or the job of a run. */
export async function jobOrJobOfRun(database: Database, text: string, brandId: string | null): Promise<Job> {
  const job = await jobIfNamed(database, text, brandId)
  if (job !== null) return job
  const run = await runIfNamed(database, text)
  return jobNamed(database, run?.jobId ?? text, brandId)
}

/** A job type that this program or an agent describes. Throws Problem `not_found` with the nearest name. */
export function jobTypeNamed(catalog: KnownCatalog, key: string): KnownJobType {
  const found = catalog.jobTypes.get(key)
  if (found !== undefined) return found
  throw new Problem('not_found', `There is no job type "${key}", neither in the catalog here nor at any agent.`, {
    field: 'job_type',
    value: key,
    fix: didYouMean(key, catalog.jobTypes.keys()),
  })
}

const shortestIdPart = 4

function isIdPart(text: string): boolean {
  return text.length >= shortestIdPart && text.length <= 36 && /^[0-9a-f-]+$/i.test(text) && /[0-9a-f]/i.test(text)
}

/** Lower case, or empty when the text cannot be part of an id. */
export function idPart(text: string): string {
  return isIdPart(text) ? text.toLowerCase() : ''
}
