import type { ReadinessItemRow } from '../../shared/contract/readiness.ts'
import type { HoldFacts } from '../../shared/holds.ts'
import { type KnownCatalog, type KnownPage, refreshedDatasets } from '../freshness/known-catalog.ts'
import { type Catalog, whyNotRunnable } from '../jobs/catalog/catalog.ts'
import type { Database } from '../store/database.ts'
import { readHolds } from '../store/holds.ts'
import type { RefreshingJob } from '../store/refreshing-jobs.ts'
import { listRunningSteps, type RunningStep } from '../store/running-steps.ts'

type Work = NonNullable<ReadinessItemRow['work']>

/** By dataset of the page: the run that will bring it, under way or waiting. `jobs` are those of the brand. */
export async function workOn(
  database: Database,
  page: KnownPage,
  { jobs, known, asOf }: { readonly jobs: readonly RefreshingJob[]; readonly known: KnownCatalog; readonly asOf: Date },
): Promise<ReadonlyMap<string, Work>> {
  const busy = jobs.filter((job) => job.runningId !== null || isDue(job, asOf))
  if (busy.length === 0) return new Map()
  const [running, { heldBy }] = await Promise.all([
    listRunningSteps(
      database,
      busy.flatMap(({ runningId }) => runningId ?? []),
    ),
    readHolds(database, [...new Set(busy.map(({ brandId }) => brandId))]),
  ])
  const steps = new Map(running.map((step) => [step.runId, step]))
  const found = page.requires.flatMap(({ dataset, fix }) => {
    const [job] = busy
      .filter((one) => one.jobType === fix.job_type || refreshes(one, dataset, known))
      .toSorted((left, right) => Number(left.runningId === null) - Number(right.runningId === null))
    return job === undefined ? [] : [[dataset, workOf(job, steps, heldBy(job))] as const]
  })
  return new Map(found)
}

function isDue({ status, nextRunAt }: RefreshingJob, asOf: Date): boolean {
  return status === 'active' && nextRunAt !== null && nextRunAt <= asOf
}

function refreshes({ jobType, parameters }: RefreshingJob, dataset: string, { jobTypes }: KnownCatalog): boolean {
  const known = jobTypes.get(jobType)
  return known !== undefined && refreshedDatasets(known, parameters).includes(dataset)
}

function workOf(job: RefreshingJob, steps: ReadonlyMap<string, RunningStep>, hold: HoldFacts | null): Work {
  const { id: jobId, jobType, runningId, runningSince, nextRunAt } = job
  const step = runningId === null ? undefined : steps.get(runningId)
  return {
    state: runningId === null ? 'queued' : 'running',
    jobId,
    jobType,
    runId: runningId,
    since: runningId === null ? nextRunAt : runningSince,
    hold: runningId === null && hold !== null ? { endsAt: hold.endsAt } : null,
    step: step === undefined ? null : { key: step.stepKey, done: step.progressDone, total: step.progressTotal },
  }
}

/** By job type of the page's fixes: why nobody can run it now, with what to configure (J8). */
export function whatBlocks(page: KnownPage, runnable: ReadonlySet<string>, own: Catalog): ReadonlyMap<string, string> {
  const jobTypes = [...new Set(page.requires.map(({ fix }) => fix.job_type))]
  const blocked = jobTypes.filter((jobType) => !runnable.has(jobType))
  return new Map(blocked.map((jobType) => [jobType, `No agent can run ${jobType} now. ${setUpOf(own, jobType)}`]))
}

function setUpOf(own: Catalog, jobType: string): string {
  const elsewhere = 'Start an agent that can, or add an executor for it to the catalog of one.'
  return own.jobTypes.has(jobType) ? (whyNotRunnable(own, jobType) ?? elsewhere) : elsewhere
}
