import { formatAge, formatInstant } from '../../shared/duration.ts'
import { heldThing, heldWords } from '../../shared/holds.ts'
import { sentence, shortName } from '../../shared/short-text.ts'
import type { RefreshingJob } from '../store/refreshing-jobs.ts'
import type { BrandDatasets } from './brand-datasets.ts'
import type { Cause } from './causes.ts'
import type { DatasetSituation } from './dataset-view.ts'
import type { KnownCatalog } from './known-catalog.ts'
import { outsideWords } from './outside-words.ts'
import { overdueWords } from './refresh-reason.ts'

export interface CauseText {
  /** One sentence. */
  readonly text: string
  readonly jobId: string | null
  readonly runId: string | null
}

/** What a cause is, for a person; `details`: of its brand, as it was read just now. */
export function causeText(
  cause: Cause,
  brandName: string | null,
  details: BrandDatasets,
  catalog: KnownCatalog,
): CauseText {
  const { kind, jobType } = cause
  if (kind === 'no_agent_at_all') return plain('No agent is running, so nothing is refreshed.')
  if (kind === 'no_agent') return plain(`No agent can run ${shortName(jobType ?? '')}.`)
  if (cause.hold !== null) {
    const what = heldThing(brandName === null ? null : shortName(brandName), cause.hold.jobType)
    return plain(sentence(`Nothing starts for ${what}: ${heldWords(cause.hold)}`))
  }
  const brand = shortName(brandName ?? 'This brand')
  const situations = cause.brandId === null ? [] : (details.datasets.get(cause.brandId) ?? [])
  const concerned = situations.filter(({ view }) => cause.datasets.includes(view.dataset))
  if (kind === 'no_job') return plain(withoutJob(cause, brand, concerned, { catalog, now: details.asOf }))
  const ofType = concerned.flatMap(({ jobs }) => jobs).filter((one) => one.jobType === jobType)
  const job = ofType.find(({ status }) => (status === 'paused') === (kind === 'paused')) ?? ofType[0]
  // It was archived in the moment between the two questions.
  if (job === undefined) return plain(`${shortName(jobType ?? 'A job')} of ${brand} has just changed.`)
  return { ...jobText(cause, job, brand, concerned, details.asOf), jobId: job.id }
}

function plain(text: string): CauseText {
  return { text, jobId: null, runId: null }
}

/** Those that nobody refreshes come first: there something is to be done here. */
function withoutJob(
  { datasets }: Cause,
  brand: string,
  concerned: readonly DatasetSituation[],
  { catalog, now }: { readonly catalog: KnownCatalog; readonly now: Date },
): string {
  const outside = new Map(concerned.flatMap(({ view, outside: one }) => (one === null ? [] : [[view.dataset, one]])))
  const [nobodys, others] = [
    datasets.filter((dataset) => !outside.has(dataset)),
    datasets.filter((dataset) => outside.has(dataset)),
  ]
  const parts = nobodys.length === 0 ? [] : [`No job of ${brand} refreshes ${listed(nobodys, catalog)}.`]
  const [only, ...more] = others
  const told = only === undefined ? undefined : outside.get(only)
  if (told !== undefined) {
    const words =
      more.length === 0 ? outsideWords({ ...told, name: shortName(told.name) }, now) : 'Refreshed by other programs.'
    parts.push(`${listed(others, catalog)} of ${brand}: ${words}`)
  }
  return parts.join(' ')
}

const listedDatasets = 3

function listed(datasets: readonly string[], catalog: KnownCatalog): string {
  const labels = datasets.map((dataset) => shortName(catalog.datasets.get(dataset)?.label ?? dataset))
  const shown = labels.slice(0, listedDatasets)
  const last = labels.length > listedDatasets ? 'others' : shown.pop()
  return shown.length === 0 ? (last ?? '') : `${shown.join(', ')} and ${last}`
}

function jobText(
  { kind }: Cause,
  job: RefreshingJob,
  brand: string,
  concerned: readonly DatasetSituation[],
  now: Date,
): Pick<CauseText, 'text' | 'runId'> {
  const name = `${shortName(job.name)} of ${brand}`
  switch (kind) {
    case 'running':
      return { text: `${name} is running, started ${formatAge(job.runningSince, now)}.`, runId: job.runningId }
    case 'paused':
      return {
        text: `${name} is paused${job.pausedAt === null ? '' : ` since ${formatInstant(job.pausedAt)}`}.`,
        runId: null,
      }
    case 'failing':
      return failingText(name, job, concerned)
    case 'overdue':
      return { text: `${name} has been due since ${at(job.nextRunAt)} and ${overdueWords(job)}.`, runId: null }
    case 'never_ran':
      return { text: `${name} has never run.`, runId: null }
    default:
      return {
        text: job.nextRunAt === null ? `${name} has no run planned.` : `${name} runs next at ${at(job.nextRunAt)}.`,
        runId: job.lastRunId,
      }
  }
}

function at(instant: Date | null): string {
  return instant === null ? 'some time' : formatInstant(instant)
}

function failingText(
  name: string,
  job: RefreshingJob,
  concerned: readonly DatasetSituation[],
): Pick<CauseText, 'text' | 'runId'> {
  const failed = concerned.find(({ view }) => view.lastAttempt === 'failed')
  const step = job.failedStep ?? failed?.failedStep ?? null
  const error = job.failedStepError ?? job.lastError ?? failed?.view.error ?? null
  const where = step === null ? '' : ` at step ${shortName(step)}`
  const text = error === null ? `${name} fails${where}.` : `${name} fails${where}: ${sentence(error)}`
  return { text, runId: failed?.lastRunId ?? job.lastRunId }
}
