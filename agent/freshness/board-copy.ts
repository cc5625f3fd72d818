import type { Clock } from '../../shared/clock.ts'
import type { AttemptStatus } from '../../shared/domain.ts'
import type { FreshnessTimes } from '../../shared/freshness.ts'
import { waitFor } from '../../shared/holds.ts'
import type { DatabasePool } from '../store/database.ts'
import { writtenSoFar } from '../store/database-clock.ts'
import {
  type DatasetFact,
  type JobFact,
  listDatasetChanges,
  listForeignRunning,
  listJobChanges,
  listPolicyChanges,
  type PolicyFact,
} from '../store/dataset-changes.ts'
import { attemptStatus } from '../store/dataset-status.ts'
import { type Hold, listHoldsByBrand } from '../store/holds.ts'
import { type KnownCatalog, refreshedDatasets } from './known-catalog.ts'
import { Mirror, type Mirrored } from './mirror.ts'
import { maximumsOf } from './surroundings.ts'

/** All of a (brand, dataset) that does not depend on the time of day. */
export interface BoardCell extends FreshnessTimes {
  readonly dataset: string
  /** Its place in `columns`: a number is found sooner than a key, 50,000 times. */
  readonly column: number
  readonly lastAttempt: AttemptStatus
  readonly suspicious: boolean
  readonly lastAttemptMs: number | null
  /** As in DatasetFact. */
  readonly failedRunId: string | null
  /** The jobs of the brand that refresh it; `runningSinceMs` of whatever program. */
  readonly jobs: readonly JobFact[]
}

type Rows<Row> = ReadonlyMap<string, Row> | undefined

interface Facts {
  readonly datasets: Rows<DatasetFact>
  readonly jobs: Rows<JobFact>
  readonly policies: Rows<PolicyFact>
  /** In force and planned; undefined = none. */
  readonly holds: readonly Hold[] | undefined
}

/** What the copy says of a brand. */
export interface BrandFacts {
  readonly cells: readonly BoardCell[]
  /** All that are active or paused, whatever they refresh. */
  readonly jobs: readonly JobFact[]
}

/** What the copy says now. */
export interface BoardFacts {
  /** By the database's clock: nothing that was seen then is missing. */
  readonly asOf: Date
  /** Datasets by the number of their column; grows while cells are asked for. */
  readonly columns: readonly string[]
  readonly factsOf: (brandId: string) => BrandFacts
}

/** The three tables, what is held, and what other programs run. */
interface Tables {
  readonly datasets: Mirrored<DatasetFact>
  readonly jobs: Mirrored<JobFact>
  readonly policies: Mirrored<PolicyFact>
  readonly holds: ReadonlyMap<string, readonly Hold[]>
  readonly foreign: ReadonlyMap<string, number>
}

/** While nothing is written the copy is as it should be; that it is looked at all the same so often is a backstop, ms. */
const quietMs = 60_000

interface Prepared extends Facts {
  readonly made: BrandFacts
  /** When a hold next begins or ends, ms since 1970, excluded; infinite where none does. */
  readonly until: number
}

/** The copy of one database, and what was made of it: made again for the brands whose rows changed. */
export class BoardCopy {
  readonly #database: DatabasePool
  readonly #datasets: Mirror<DatasetFact>
  readonly #jobs: Mirror<JobFact>
  readonly #policies: Mirror<PolicyFact>
  readonly #clock: Pick<Clock, 'monotonic'>
  #read: { readonly written: string; readonly at: number; readonly tables: Tables } | null = null
  #prepared = new Map<string, Prepared>()
  #catalog: KnownCatalog | null = null
  #columns = new Columns()
  #prepare: (facts: Facts, asOf: Date) => BrandFacts = () => ({ cells: [], jobs: [] })

  constructor(database: DatabasePool, clock: Pick<Clock, 'monotonic'>) {
    this.#database = database
    this.#clock = clock
    this.#datasets = new Mirror((since) => listDatasetChanges(database, since), clock)
    this.#jobs = new Mirror((since) => listJobChanges(database, since), clock)
    this.#policies = new Mirror((since) => listPolicyChanges(database, since), clock)
  }

  /** The catalog may still be on its way: the tables do not wait for it. */
  async current(coming: Promise<KnownCatalog>): Promise<BoardFacts> {
    const [{ asOf, tables }, catalog] = await Promise.all([this.#readTables(), coming])
    const { datasets, jobs, policies, holds, foreign } = tables
    const nowMs = asOf.getTime()
    if (this.#catalog !== catalog) {
      this.#catalog = catalog
      this.#prepared = new Map()
      this.#columns = new Columns()
      this.#prepare = preparing(catalog, this.#columns)
    }
    const prepared = this.#prepared
    const columns = this.#columns
    const prepare = this.#prepare
    const factsOf = (brandId: string): BrandFacts => {
      const facts = {
        datasets: datasets.get(brandId),
        jobs: jobs.get(brandId),
        policies: policies.get(brandId),
        holds: holds.get(brandId),
      }
      // What other programs run is on no row of these; there is seldom any.
      const running = foreign.size > 0 && [...(facts.jobs?.keys() ?? [])].some((jobId) => foreign.has(jobId))
      if (running) return prepare({ ...facts, jobs: withForeign(facts.jobs, foreign) }, asOf)
      const known = prepared.get(brandId)
      if (known !== undefined && isSame(known, facts) && nowMs < known.until) return known.made
      const made = prepare(facts, asOf)
      prepared.set(brandId, { ...facts, made, until: holdsTurnMs(facts.holds, nowMs) })
      return made
    }
    return { asOf, columns: columns.datasets, factsOf }
  }

  /** Looking for changes reads 50,000 rows; that there can be none is one short text. */
  async #readTables(): Promise<{ readonly asOf: Date; readonly tables: Tables }> {
    const { written, asOf } = await writtenSoFar(this.#database)
    const at = this.#clock.monotonic()
    const last = this.#read
    if (last !== null && last.written === written && at - last.at < quietMs) return { asOf, tables: last.tables }
    const [datasets, jobs, policies, found, foreign] = await Promise.all([
      this.#datasets.current(),
      this.#jobs.current(),
      this.#policies.current(),
      listHoldsByBrand(this.#database, null),
      listForeignRunning(this.#database),
    ])
    const tables = { datasets, jobs, policies, holds: unchanged(last?.tables.holds, found), foreign }
    this.#read = { written, at, tables }
    return { asOf, tables }
  }
}

class Columns {
  readonly datasets: string[] = []
  readonly #numbers = new Map<string, number>()

  numberOf(dataset: string): number {
    const known = this.#numbers.get(dataset)
    if (known !== undefined) return known
    this.#numbers.set(dataset, this.datasets.length)
    return this.datasets.push(dataset) - 1
  }
}

function isSame(known: Facts, facts: Facts): boolean {
  return (
    known.datasets === facts.datasets &&
    known.jobs === facts.jobs &&
    known.policies === facts.policies &&
    known.holds === facts.holds
  )
}

type HoldsByBrand = ReadonlyMap<string, readonly Hold[]>

/** The rows of a brand as they were kept, where the times are the same: the same rows mean that nothing has to be made anew. */
function unchanged(before: HoldsByBrand | undefined, found: HoldsByBrand): HoldsByBrand {
  if (before === undefined || before.size === 0 || found.size === 0) return found
  return new Map(
    [...found].map(([brandId, holds]) => {
      const known = before.get(brandId)
      return [brandId, known !== undefined && isSameHolds(known, holds) ? known : holds]
    }),
  )
}

function isSameHolds(known: readonly Hold[], holds: readonly Hold[]): boolean {
  const timesOf = ({ id, startsAt, endsAt }: Hold): string => `${id} ${startsAt.getTime()} ${endsAt?.getTime()}`
  return known.map(timesOf).join() === holds.map(timesOf).join()
}

/** When one of them next begins or ends; ms since 1970, infinite where none does. */
function holdsTurnMs(holds: readonly Hold[] | undefined, nowMs: number): number {
  const turns = (holds ?? []).flatMap(({ startsAt, endsAt }) => [startsAt.getTime(), endsAt?.getTime() ?? nowMs])
  return Math.min(Number.POSITIVE_INFINITY, ...turns.filter((ms) => ms > nowMs))
}

function withForeign(jobs: Rows<JobFact>, foreign: ReadonlyMap<string, number>): Rows<JobFact> {
  return new Map(
    [...(jobs ?? [])].map(([id, job]) => [
      id,
      { ...job, runningSinceMs: job.runningSinceMs ?? foreign.get(id) ?? null },
    ]),
  )
}

/** A (brand, dataset) exists when it has a row, a policy, or a job that refreshes it. */
function preparing(catalog: KnownCatalog, columns: Columns): (facts: Facts, asOf: Date) => BrandFacts {
  const maximumOf = maximumsOf(catalog)
  const refreshed = refreshing(catalog)
  return ({ datasets, jobs, policies, holds }, asOf) => {
    const refreshers = refreshersOf(jobs, refreshed)
    const startOf = holds === undefined ? plannedMs : startsAfter(holds, asOf)
    const keys = new Set([...(datasets?.keys() ?? []), ...(policies?.keys() ?? []), ...refreshers.keys()])
    const cells = [...keys].map((dataset): BoardCell => {
      const fact = datasets?.get(dataset)
      const policy = policies?.get(dataset)
      const { hours: maxAgeHours, due } = maximumOf(dataset, policy)
      const ofDataset = refreshers.get(dataset) ?? noJobs
      return {
        dataset,
        column: columns.numberOf(dataset),
        lastAttempt: fact === undefined ? 'unknown' : attemptStatus(fact.lastStatus),
        suspicious: fact?.suspicious ?? false,
        lastSuccessMs: fact?.lastSuccessMs ?? null,
        lastAttemptMs: fact?.lastAttemptMs ?? null,
        failedRunId: fact?.failedRunId ?? null,
        maxAgeHours,
        due,
        warnAgeHours: policy?.warnAgeHours,
        nextRunMs: nextRun(ofDataset, startOf),
        jobs: ofDataset,
      }
    })
    return { cells, jobs: [...(jobs?.values() ?? [])] }
  }
}

const noJobs: readonly JobFact[] = []

/** Job types and their switches are few, jobs are many: what a combination refreshes is worked out once. */
function refreshing(catalog: KnownCatalog): (job: JobFact) => readonly string[] {
  const known = new Map<string, readonly string[]>()
  return ({ jobType, switches }) => {
    const described = catalog.jobTypes.get(jobType)
    if (described === undefined) return []
    const given = described.steps.flatMap(({ when }) => (when === null ? [] : String(switches[when])))
    const combination = [jobType, ...given].join(' ')
    const before = known.get(combination)
    if (before !== undefined) return before
    const datasets = [...new Set(refreshedDatasets(described, { ...switches }))]
    known.set(combination, datasets)
    return datasets
  }
}

function refreshersOf(
  jobs: Rows<JobFact>,
  refreshed: (job: JobFact) => readonly string[],
): ReadonlyMap<string, readonly JobFact[]> {
  const refreshers = new Map<string, JobFact[]>()
  for (const job of jobs?.values() ?? []) {
    for (const dataset of refreshed(job)) {
      const others = refreshers.get(dataset)
      if (others === undefined) refreshers.set(dataset, [job])
      else others.push(job)
    }
  }
  return refreshers
}

/** Null = it plans nothing, as paused jobs do. */
function plannedMs({ nextRunMs, paused }: JobFact): number | null {
  return paused ? null : nextRunMs
}

/** The same after what it waits for: null also where that has no end. */
function startsAfter(holds: readonly Hold[], asOf: Date): (job: JobFact) => number | null {
  return (job) => {
    const ms = plannedMs(job)
    if (ms === null) return null
    const about = holds.filter(({ jobType }) => jobType === null || jobType === job.jobType)
    return waitFor(about, new Date(ms), asOf).startsAt?.getTime() ?? null
  }
}

/** Start of the run in progress, else of the earliest planned one. */
function nextRun(jobs: readonly JobFact[], startOf: (job: JobFact) => number | null): number | null {
  let running: number | null = null
  let planned: number | null = null
  for (const job of jobs) {
    const { runningSinceMs } = job
    if (runningSinceMs !== null && (running === null || runningSinceMs < running)) running = runningSinceMs
    const startMs = startOf(job)
    if (startMs !== null && (planned === null || startMs < planned)) planned = startMs
  }
  return running ?? planned
}
