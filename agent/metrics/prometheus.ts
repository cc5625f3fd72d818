/**
 * What Prometheus reads, with names as https://prometheus.io/docs/practices/naming/ has them. Written anew for each scrape: while nobody
 * scrapes, nothing is measured but runs.
 */
import { collectDefaultMetrics, Registry } from 'prom-client'
import { freshnessStates } from '../../shared/domain.ts'
import type { QueueFacts } from '../store/queue-facts.ts'
import { exposition, type Family, type Sample } from './exposition.ts'
import { type DatasetReading, type OrganizationReading, type Readings, worstFirst } from './readings.ts'
import { durationBounds, type RunTally, tallied } from './run-tally.ts'

export const metricsType = Registry.PROMETHEUS_CONTENT_TYPE

export interface Scraped {
  readonly version: string
  readonly agentName: string
  readonly tally: RunTally
  /** Null while the database does not answer: what this process knows by itself is told all the same. */
  readonly database: { readonly readings: Readings; readonly queue: QueueFacts } | null
  /** Datasets with series of their own, the worst first; the others are counted only. */
  readonly mostDatasets: number
}

export async function writeMetrics(scraped: Scraped): Promise<string> {
  const { database, mostDatasets } = scraped
  const own = [...aboutAgent(scraped), ...aboutRuns(scraped.tally)]
  const shared = database === null ? [] : [...aboutWork(database), ...aboutDatasets(database.readings, mostDatasets)]
  return `${exposition([...own, ...shared])}${await ofProcess().metrics()}`
}

let processMetrics: Registry | null = null

/** CPU, memory, garbage collection and the delay of the event loop; measured from the first scrape on. */
function ofProcess(): Registry {
  if (processMetrics !== null) return processMetrics
  processMetrics = new Registry()
  collectDefaultMetrics({ register: processMetrics })
  return processMetrics
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name: `pipeline_manager_${name}`, type: 'gauge', help, samples }
}

function aboutAgent({ version, agentName, database, tally }: Scraped): Family[] {
  return [
    gauge('agent_info', 'The agent that answers; always 1.', [{ labels: { agent: agentName, version }, value: 1 }]),
    gauge('agent_runs_in_progress', 'Runs that this agent is doing now.', [{ value: tally.running }]),
    gauge('database_up', '1 while the database answers this agent, else 0.', [{ value: database === null ? 0 : 1 }]),
  ]
}

function aboutRuns(tally: RunTally): Family[] {
  const types = tally.read()
  const bounds = [...durationBounds.map(String), '+Inf']
  return [
    {
      name: 'pipeline_manager_runs_total',
      type: 'counter',
      help: 'Runs that ended on this agent since it started, by result.',
      samples: types.flatMap(({ jobType, ended }) =>
        tallied.map((result) => ({ labels: { job_type: jobType, result }, value: ended[result] })),
      ),
    },
    {
      name: 'pipeline_manager_run_duration_seconds',
      type: 'histogram',
      help: 'How long runs took that ended on this agent since it started.',
      samples: types.flatMap(({ jobType, atMost, seconds }) => [
        ...bounds.map((le, place) => ({
          suffix: '_bucket',
          labels: { job_type: jobType, le },
          value: atMost[place] ?? 0,
        })),
        { suffix: '_sum', labels: { job_type: jobType }, value: seconds },
        { suffix: '_count', labels: { job_type: jobType }, value: atMost.at(-1) ?? 0 },
      ]),
    },
  ]
}

function aboutWork({ readings: { agents }, queue }: NonNullable<Scraped['database']>): Family[] {
  const byState = [
    { labels: { state: 'alive' }, value: agents.alive },
    { labels: { state: 'lost' }, value: agents.lost },
  ]
  return [
    gauge('agents', 'Agents on this database, by whether they have been heard of lately.', byState),
    gauge('jobs_due', 'Jobs that are due and do not run yet.', [{ value: queue.due }]),
    gauge('queue_lag_seconds', 'For how long the first of the jobs that are due and not held has waited.', [
      { value: queue.waitingSeconds },
    ]),
    gauge('jobs_running', 'Jobs that agents are running now.', [{ value: queue.running }]),
    gauge('holds', 'Holds in force: what they are about is due and does not start.', [{ value: queue.holds }]),
  ]
}

function aboutDatasets(readings: Readings, most: number): Family[] {
  const { nowMs, organizations } = readings
  const all = worstFirst(readings)
  const listed = all.slice(0, most)
  const each = (value: (reading: DatasetReading) => number | null): Sample[] =>
    listed.flatMap(({ organization, reading }) => {
      const found = value(reading)
      return found === null ? [] : [{ labels: labelsOf(organization, reading), value: found }]
    })
  return [
    gauge('datasets', 'Datasets by organization and freshness.', organizations.flatMap(countsOf)),
    gauge(
      'datasets_not_listed',
      'Datasets without series of their own, for being too many (setting metrics_datasets).',
      [{ value: all.length - listed.length }],
    ),
    gauge(
      'dataset_age_seconds',
      'Time since the last success of the dataset.',
      each(({ lastSuccessMs }) => (lastSuccessMs === null ? null : Math.max(0, nowMs - lastSuccessMs) / 1_000)),
    ),
    gauge(
      'dataset_deadline_timestamp_seconds',
      'When the dataset is older than its maximum age.',
      each(({ deadlineMs }) => (deadlineMs === null ? null : deadlineMs / 1_000)),
    ),
    gauge(
      'dataset_usable',
      '1 while the dataset is fresh or at risk of not staying so, else 0; none without a maximum age.',
      each(({ freshness }) => usable[freshness]),
    ),
    gauge(
      'dataset_last_attempt_failed',
      '1 when the last attempt to refresh the dataset failed, else 0.',
      each(({ lastAttempt }) => (lastAttempt === 'failed' ? 1 : 0)),
    ),
  ]
}

/** Total: a new state has to say what a program may think of it. */
const usable = { fresh: 1, at_risk: 1, stale: 0, never_synced: 0, no_policy: null } as const satisfies Record<
  DatasetReading['freshness'],
  number | null
>

function labelsOf({ name }: OrganizationReading, { brand, brandId, dataset }: DatasetReading): Record<string, string> {
  // Names need not be unique.
  return { organization: name, brand, brand_id: brandId, dataset }
}

function countsOf({ id, name, datasets }: OrganizationReading): Sample[] {
  const counts = new Map<string, number>()
  for (const { freshness } of datasets) counts.set(freshness, (counts.get(freshness) ?? 0) + 1)
  return freshnessStates.map((state) => ({
    labels: { organization: name, organization_id: id, state },
    value: counts.get(state) ?? 0,
  }))
}
