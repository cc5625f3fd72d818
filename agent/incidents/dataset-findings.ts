import { atMostWords, dueText } from '../../shared/due-words.ts'
import { formatInstant } from '../../shared/duration.ts'
import { graceMinutes, lastTenthMs } from '../../shared/freshness.ts'
import { shortName } from '../../shared/short-text.ts'
import type { KnownCatalog } from '../freshness/known-catalog.ts'
import type { Database } from '../store/database.ts'
import {
  type DatasetDifference,
  type DatasetEnding,
  type DatasetKind,
  type EvaluatedCatalog,
  evaluateDatasets,
} from '../store/evaluated-datasets.ts'
import { listOutsideRefreshers, type OutsideRefresher } from '../store/outside-refreshers.ts'
import { listRefreshers, type Refresher } from '../store/refreshers.ts'
import { listRunDurations } from '../store/scheduled-job-runs.ts'
import { type Condition, type Ending, earliest, type Findings, thing, watchedByDefault } from './conditions.ts'
import { type Expectation, readExpectations } from './expectations.ts'

export interface DatasetFindings extends Findings {
  /** Of the datasets in `begun`. */
  readonly refreshers: readonly Refresher[]
}

const minuteMs = 60_000
const longestGraceMs = 30 * minuteMs

/** F5 to F9 for everything that has a maximum or a warning age, by the database's clock; `moment`: what that says. */
export async function findDatasets(
  database: Database,
  {
    now,
    moment,
    catalog,
    evaluated,
  }: { now: Date | null; moment: Date; catalog: KnownCatalog; evaluated: EvaluatedCatalog },
): Promise<DatasetFindings> {
  const { differences, nextTurnAt } = await evaluateDatasets(database, now, evaluated, watchedByDefault)
  const turned = differences.filter(({ change }) => change === 'begun')
  const refreshers = await listRefreshers(database, evaluated, turned)
  const byDataset = Map.groupBy(refreshers, ({ brandId, dataset }) => `${brandId} ${dataset}`)
  const ofDataset = ({ brandId, dataset }: DatasetDifference): readonly Refresher[] =>
    byDataset.get(`${brandId} ${dataset}`) ?? []
  const graceOf = await readGraces(database, turned.filter((one) => dependsOnGrace(one, moment)).flatMap(ofDataset))
  const judged = turned.map((one) => {
    const graceMs = Math.max(0, ...ofDataset(one).map(graceOf)) * minuteMs
    return { one, graceMs, beginsAt: beginsAt(one, graceMs) }
  })
  const due = judged.filter(({ beginsAt }) => beginsAt < moment)
  const outsideOf = await readOutside(
    database,
    due.map(({ one }) => one).filter((one) => ofDataset(one).length === 0),
  )
  const expectationOf = await readExpectations(
    database,
    { now, moment, evaluated },
    due.map(({ one }) => one).filter(({ kind }) => kind === 'dataset_stale'),
  )
  return {
    begun: due.map(({ one, graceMs }) =>
      expecting(
        one.kind === 'dataset_stale' ? expectationOf(one) : null,
        conditionOf(one, { jobs: ofDataset(one), outside: outsideOf(one) }, catalog, graceMs),
      ),
    ),
    over: differences.filter(({ change }) => change === 'over').map(endingOf),
    updated: [],
    nextTurnAt: earliest([
      nextTurnAt,
      ...judged.filter(({ beginsAt }) => beginsAt >= moment).map(({ beginsAt }) => beginsAt),
    ]),
    refreshers,
  }
}

/** Nobody is told of what is expected. */
function expecting(expectation: Expectation | null, condition: Condition): Condition {
  if (expectation === null) return condition
  const { words, quietUntil } = expectation
  return { ...condition, details: { ...condition.details, expected: words }, quietUntil }
}

/** Other programs that refresh them; asked for only where something has begun that no job refreshes. */
async function readOutside(
  database: Database,
  jobless: readonly DatasetDifference[],
): Promise<(one: DatasetDifference) => OutsideRefresher | null> {
  const brandIds = [...new Set(jobless.map(({ brandId }) => brandId))]
  const found = brandIds.length === 0 ? [] : await listOutsideRefreshers(database, brandIds)
  const byDataset = new Map(found.map((one) => [`${one.brandId} ${one.datasetKey}`, one]))
  return ({ brandId, dataset }) => byDataset.get(`${brandId} ${dataset}`) ?? null
}

/** Only in the half hour in which the grace can matter are the durations of runs asked for. */
function dependsOnGrace(one: DatasetDifference, moment: Date): boolean {
  const { kind, since, nextRunAt, warnedAt } = one
  if (since === null || warnedAt !== null) return false
  if (kind === 'dataset_stale') return moment.getTime() - since.getTime() <= longestGraceMs
  return kind === 'at_risk' && nextRunAt === null && tenthMs(one) < longestGraceMs
}

/** F7: stale shows at once, its incident waits out the grace; at risk with no run planned begins with the grace, or the last tenth. */
function beginsAt(one: DatasetDifference, graceMs: number): Date {
  const { kind, since, nextRunAt, warnedAt } = one
  if (since === null || warnedAt !== null) return new Date(0)
  if (kind === 'dataset_stale') return new Date(since.getTime() + graceMs)
  if (kind !== 'at_risk' || nextRunAt !== null) return new Date(0)
  return new Date(since.getTime() - Math.max(graceMs, tenthMs(one)))
}

/** Of one that is at risk, with a success and a maximum. */
function tenthMs({ lastSuccessAt, since, maxAgeHours, due }: DatasetDifference): number {
  const [lastSuccessMs, staleMs] = [lastSuccessAt?.getTime() ?? 0, since?.getTime() ?? 0]
  return lastTenthMs(maxAgeHours ?? 0, due, { lastSuccessMs, staleMs })
}

/** Minutes, for the brand and type of a job; the durations are asked for together. */
async function readGraces(database: Database, jobs: readonly Refresher[]): Promise<(job: Refresher) => number> {
  const nameOf = ({ brandId, jobType }: Pick<Refresher, 'brandId' | 'jobType'>): string => `${brandId} ${jobType}`
  const pairs = new Map(jobs.map((job) => [nameOf(job), job]))
  const durations = await listRunDurations(database, [...pairs.values()])
  const graces = new Map(durations.map((one) => [nameOf(one), graceMinutes(one.durationsMs)]))
  return (job) => graces.get(nameOf(job)) ?? 0
}

function conditionOf(
  one: DatasetDifference,
  { jobs, outside }: { readonly jobs: readonly Refresher[]; readonly outside: OutsideRefresher | null },
  catalog: KnownCatalog,
  graceMs: number,
): Condition {
  const { kind, organizationId, brandId, brandName, dataset, lastSuccessAt, maxAgeHours, due, since } = one
  const label = catalog.datasets.get(dataset)?.label ?? dataset
  const jobTypes = [...new Set(jobs.map(({ jobType }) => jobType))]
  return {
    ...thing(kind, { organizationId, brandId, datasetKey: dataset }),
    summary: summaries[kind](`${shortName(label)} of ${shortName(brandName)}`, one),
    nextStep: nextStepOf(jobTypes, outside),
    runId: null,
    details: {
      datasetLabel: label,
      lastSuccessAt: lastSuccessAt?.toISOString() ?? null,
      maxAgeHours,
      ...(due === null ? {} : { due: dueText(due) }),
      since: since?.toISOString() ?? null,
      graceMinutes: graceMs / minuteMs,
      jobTypes,
    },
    lostAgentId: null,
  }
}

function nextStepOf(jobTypes: readonly string[], outside: OutsideRefresher | null): string {
  if (jobTypes.length > 0) return `Run ${jobTypes.map(shortName).join(' or ')}.`
  if (outside === null) return 'Schedule a job that refreshes it.'
  return `Look where it runs: ${shortName(outside.name)} of another program refreshes it.`
}

const summaries: Readonly<Record<DatasetKind, (what: string, one: DatasetDifference) => string>> = {
  dataset_stale: (what, { lastSuccessAt, maxAgeHours, due }) =>
    `${what} is stale: it last succeeded at ${instant(lastSuccessAt)}, and may be ${atMostWords(maxAgeHours ?? 0, due)}.`,
  dataset_never_synced: (what, { since }) =>
    `${what} has never succeeded, ${since === null ? 'and a run that should refresh it has ended' : `though it should have by ${instant(since)}`}.`,
  at_risk: (what, { since, nextRunAt, isHeld, warnedAt }) =>
    warnedAt !== null
      ? `${what} is older than its warning age since ${instant(warnedAt)}${since === null ? '' : `, and goes stale at ${instant(since)}`}.`
      : `${what} goes stale at ${instant(since)}, ${nextRunAt === null ? `and ${isHeld === true ? 'what would refresh it is held' : 'no run is planned'}` : `before the run of ${instant(nextRunAt)} can finish`}.`,
}

function instant(at: Date | null): string {
  return at === null ? 'some time' : formatInstant(at)
}

function endingOf(one: DatasetDifference): Ending {
  const { words, isNews } = endings[one.ending ?? 'gone']
  return { incidentId: one.incidentId ?? '', resolution: words(one), isNews }
}

const endings: Readonly<
  Record<DatasetEnding, { readonly words: (one: DatasetDifference) => string; readonly isNews: boolean }>
> = {
  fresh: {
    words: ({ kind, lastSuccessAt }) =>
      kind === 'at_risk' ? 'It will be refreshed in time, or has been.' : `It succeeded at ${instant(lastSuccessAt)}.`,
    isNews: true,
  },
  stale: {
    words: ({ kind, lastSuccessAt }) =>
      kind === 'at_risk' ? 'It went stale.' : `It succeeded, but at ${instant(lastSuccessAt)}: it is stale.`,
    isNews: false,
  },
  lost: { words: () => 'What was known of its last success has been removed.', isNews: false },
  unwatched: { words: () => 'Nobody watches for this any more.', isNews: false },
  gone: { words: () => 'It does not exist any more, or nothing says how old it may be.', isNews: false },
}
