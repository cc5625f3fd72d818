import type { JsonObject } from '../../shared/domain.ts'
import { formatAge } from '../../shared/duration.ts'
import { Problem } from '../../shared/errors.ts'
import { heldWords } from '../../shared/holds.ts'
import { canonicalJson } from '../../shared/json.ts'
import { validateParameters } from '../jobs/catalog/parameters.ts'
import type { Database } from '../store/database.ts'
import { type BrandDatasets, readBrandDatasets } from './brand-datasets.ts'
import type { DatasetSituation } from './dataset-view.ts'
import { fixOf } from './fix.ts'
import type { Surroundings } from './surroundings.ts'

export interface Cell {
  readonly brandId: string
  readonly dataset: string
}

export interface FixRun {
  /** The same for the same work. */
  readonly key: string
  readonly brandId: string
  readonly jobType: string
  /** With the defaults filled in. */
  readonly parameters: JsonObject
  /** Datasets of the selection that it refreshes. */
  readonly datasets: string[]
}

export interface SkippedCell extends Cell {
  readonly reason: string
}

export interface FixPlan {
  readonly runs: readonly FixRun[]
  readonly skipped: readonly SkippedCell[]
}

/** Brands in one go: some ms of work; a selection may span a thousand. */
const brandsInOneGo = 25

/** A cell and what would refresh it, before it is asked whether that is needed. */
interface Candidate {
  readonly cell: Cell
  readonly situation: DatasetSituation
  readonly fix: Omit<FixRun, 'datasets'>
  readonly read: BrandDatasets
}

/**
 * What running the fixes of these cells would start. `isDone`: which of the keys were started by this very request before; those stay in
 * the plan, whatever has become of them, so that a repeated request gets the same answer.
 */
export async function planFixes(
  database: Database,
  surroundings: Surroundings,
  cells: readonly Cell[],
  isDone: (keys: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<FixPlan> {
  const runs = new Map<string, FixRun>()
  const skipped: SkippedCell[] = []
  const asked = new Map(cells.map((cell) => [`${cell.brandId} ${cell.dataset}`, cell]))
  const ofBrands = [...Map.groupBy(asked.values(), ({ brandId }) => brandId)]
  for (let from = 0; from < ofBrands.length; from += brandsInOneGo) {
    const chunk = ofBrands.slice(from, from + brandsInOneGo)
    const read = await readBrandDatasets(
      database,
      surroundings,
      chunk.map(([brandId]) => brandId),
    )
    const found = chunk.flatMap(([, ofBrand]) => ofBrand.map((cell) => candidateOf(cell, read, surroundings)))
    const candidates = found.flatMap((one) => ('fix' in one ? [one] : []))
    skipped.push(...found.flatMap((one) => ('fix' in one ? [] : [one])))
    const done = await isDone(candidates.map(({ fix }) => fix.key))
    for (const candidate of candidates) {
      const { cell, fix } = candidate
      const reason = done.has(fix.key) ? null : whyNot(candidate)
      if (reason !== null) skipped.push({ ...cell, reason })
      else addTo(runs, fix, cell.dataset)
    }
  }
  return { runs: [...runs.values()], skipped }
}

function addTo(runs: Map<string, FixRun>, fix: Omit<FixRun, 'datasets'>, dataset: string): void {
  const run = runs.get(fix.key) ?? { ...fix, datasets: [] }
  run.datasets.push(dataset)
  runs.set(fix.key, run)
}

function candidateOf(cell: Cell, read: BrandDatasets, { catalog }: Surroundings): Candidate | SkippedCell {
  const { brandId, dataset } = cell
  const situation = read.datasets.get(brandId)?.find(({ view }) => view.dataset === dataset)
  if (situation === undefined) return { ...cell, reason: 'This brand has no such dataset.' }
  const fix = fixOf(dataset, catalog, read.facts.jobs.get(brandId) ?? [], read.facts.runnable)
  if (fix === null) return { ...cell, reason: 'Nothing in the catalog refreshes it.' }
  const jobType = catalog.jobTypes.get(fix.jobType)
  if (jobType === undefined) return { ...cell, reason: `Nobody has said what ${fix.jobType} is.` }
  try {
    const parameters = validateParameters(jobType, fix.parameters)
    const key = `${brandId} ${jobType.key} ${canonicalJson(parameters)}`
    return { cell, situation, read, fix: { key, brandId, jobType: jobType.key, parameters } }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { ...cell, reason: error.message }
  }
}

const forgottenAfterMs = 30 * 60_000

/** Null = it is to be run. */
function whyNot({ situation, fix, read }: Candidate): string | null {
  const { view, jobs } = situation
  const { asOf, facts } = read
  if (view.freshness === 'fresh' && view.lastAttempt !== 'failed') return 'It is fresh.'
  const running = jobs.find(({ runningSince }) => runningSince !== null)
  if (running !== undefined) {
    return `A run of ${running.jobType} is in progress, started ${formatAge(running.runningSince, asOf)}.`
  }
  const asking = jobs.find(({ jobType, asksPerson }) => asksPerson && jobType === fix.jobType)
  if (asking !== undefined) {
    return `It is not known whether the last run of ${asking.name} did its work: look at that run first and say so.`
  }
  // Of a program without runs, which would not tell us if it had died.
  const since = view.lastAttempt === 'running' ? view.lastAttemptAt : null
  if (since !== null && asOf.getTime() - since.getTime() < forgottenAfterMs) {
    return `Another program is refreshing it, started ${formatAge(since, asOf)}.`
  }
  const queued = jobs.find(({ status, nextRunAt }) => status === 'active' && nextRunAt !== null && nextRunAt <= asOf)
  if (queued !== undefined && facts.runnable.has(queued.jobType)) {
    const hold = facts.heldBy(queued)
    return `A run of ${queued.jobType} is queued already${hold === null ? '' : `: ${heldWords(hold)}`}.`
  }
  if (facts.runnable.has(fix.jobType)) return null
  return facts.anyAgentAlive
    ? `No agent can run ${fix.jobType}.`
    : `No agent is running, so nobody runs ${fix.jobType}.`
}
