import { type ExternalReport, type ExternalRun, isSameRun } from '../../../shared/external-runs.ts'
import { type DatasetName, type MappingRule, mappingOf } from '../../../shared/lineage/mapping.ts'
import { datasetOfFact, newOutcomes, type Outcome } from '../../../shared/lineage/outcomes.ts'
import type { Database } from '../../store/database.ts'
import { type RecordedExternalRun, recordExternalRuns } from '../../store/external-runs.ts'
import {
  recordLineageDatasets,
  recordLineageJobs,
  type TellOfDataset,
  type TellOfJob,
} from '../../store/lineage-datasets.ts'
import { type BatchedOutsideEvent, digestId, recordOutsideEvents } from '../../store/outside-events.ts'
import { boundedFacets } from './facets.ts'
import type { LineageEvent, RunReport } from './read-event.ts'

/** An event, and whose it is: its token says. */
export interface ArrivedEvent {
  readonly organizationId: string
  readonly event: LineageEvent
}

/** The mapping rules of an organization, as they are within the transaction. */
export type RulesOf = (organizationId: string) => readonly MappingRule[]

/** F8: which datasets never have zero records. */
export type IsNeverZero = (datasetKey: string) => boolean

/**
 * What events say, written: runs, the datasets they name, and the freshness of those that are mapped. In the caller's transaction, in as
 * many statements whatever their number; what was known already is not written again.
 */
export async function applyEvents(
  transaction: Database,
  arrived: readonly ArrivedEvent[],
  { rulesOf, isNeverZero }: { readonly rulesOf: RulesOf; readonly isNeverZero: IsNeverZero },
): Promise<void> {
  const mapped = memoized(rulesOf)
  const recorded = await recordExternalRuns(
    transaction,
    arrived.flatMap(({ organizationId, event }) =>
      event.kind === 'run' ? reportsOf(organizationId, event, mapped) : [],
    ),
  )
  const changes = recorded.flatMap(({ before, after }) =>
    newOutcomes(before, after).map((outcome) => ({ run: after, outcome })),
  )
  await Promise.all([
    recordLineageDatasets(transaction, [
      ...recorded.flatMap(namedBy),
      ...changes.map(({ run, outcome }) => tellOf(run, outcome, outcome)),
      ...arrived.flatMap(describedBy),
    ]),
    recordLineageJobs(transaction, arrived.flatMap(jobsOf)),
    recordOutsideEvents(
      transaction,
      changes.flatMap(({ run, outcome }) => {
        const rule = mapped(run.organizationId, outcome)
        return rule === null ? [] : [outsideEvent(run, outcome, rule, isNeverZero(rule.datasetKey))]
      }),
    ),
  ])
}

type Mapped = (organizationId: string, dataset: DatasetName) => MappingRule | null

function memoized(rulesOf: RulesOf): Mapped {
  const known = new Map<string, MappingRule | null>()
  return (organizationId, { namespace, name }) => {
    const key = [organizationId, namespace, name].join('\n')
    const before = known.get(key)
    if (before !== undefined) return before
    const rule = mappingOf(rulesOf(organizationId), { namespace, name })
    known.set(key, rule)
    return rule
  }
}

/** The run, and the one it is a step of. */
function reportsOf(
  organizationId: string,
  { run, parent }: { readonly run: RunReport; readonly parent: RunReport | null },
  mapped: Mapped,
): ExternalReport[] {
  const rules = outputsOf(run).flatMap((dataset) => mapped(organizationId, dataset) ?? [])
  const [rule] = rules.toSorted((a, b) => (`${a.brandId} ${a.datasetKey}` < `${b.brandId} ${b.datasetKey}` ? 1 : -1))
  const own: ExternalReport = {
    ...run,
    organizationId,
    parentKey: parent?.runKey ?? null,
    brandId: rule?.brandId ?? null,
    datasetKey: rule?.datasetKey ?? null,
  }
  return parent === null ? [own] : [own, { ...parent, organizationId }]
}

function outputsOf({ facts }: Pick<ExternalReport, 'facts'>): DatasetName[] {
  return Object.keys(facts).flatMap((key) => datasetOfFact(key, 'output') ?? [])
}

/** Outputs of a run of which something is news, whatever becomes of them. */
function namedBy({ before, after }: RecordedExternalRun): TellOfDataset[] {
  if (before !== null && isSameRun(before, after)) return []
  return outputsOf(after).map((dataset) => tellOf(after, dataset, null))
}

function tellOf(run: ExternalRun, { namespace, name }: DatasetName, outcome: Outcome | null): TellOfDataset {
  const { organizationId, producer, jobNamespace, jobName, lastEventAt } = run
  return {
    organizationId,
    namespace,
    name,
    producer,
    jobNamespace,
    jobName,
    at: lastEventAt,
    status: outcome === null || outcome.status === 'unknown' ? null : outcome.status,
    attemptedAt: outcome?.attemptedAt ?? null,
    error: outcome?.error ?? null,
    attemptKey: outcome === null ? null : attemptKeyIn(run, outcome),
    freshAsOf: outcome?.freshAsOf ?? null,
    rows: outcome?.rows ?? null,
    facets: null,
  }
}

/** Datasets of events without a run. */
function describedBy({ organizationId, event }: ArrivedEvent): TellOfDataset[] {
  if (event.kind === 'run') return []
  const { at, producer } = event
  const plain = {
    organizationId,
    producer,
    at,
    status: null,
    attemptedAt: null,
    error: null,
    attemptKey: null,
    freshAsOf: null,
    rows: null,
  }
  if (event.kind === 'dataset') {
    const { namespace, name, facets } = event.dataset
    return [{ ...plain, namespace, name, jobNamespace: '', jobName: '', facets: boundedFacets(facets) }]
  }
  const { namespace: jobNamespace, name: jobName } = event.job
  return event.outputs.map((output) => ({ ...plain, ...output, jobNamespace, jobName, facets: null }))
}

function jobsOf({ organizationId, event }: ArrivedEvent): TellOfJob[] {
  if (event.kind !== 'job') return []
  const { job, at, producer } = event
  const { namespace, name, facets } = job
  return [{ organizationId, namespace, name, producer, at, facets: boundedFacets(facets) }]
}

function outsideEvent(
  run: ExternalRun,
  outcome: Outcome,
  { brandId, datasetKey }: MappingRule,
  neverZero: boolean,
): BatchedOutsideEvent {
  const { status, attemptedAt, freshAsOf, rows, error, namespace, name } = outcome
  const suspicious = status === 'completed' && neverZero && rows === 0
  return {
    brandId,
    datasetKey,
    organizationId: run.organizationId,
    status,
    attemptedAt,
    freshAsOf,
    attemptKey: attemptKeyIn(run, outcome),
    eventKey: [run.source, run.runKey, namespace, name, (freshAsOf ?? attemptedAt).toISOString()].join('\n'),
    recordsAffected: rows,
    suspicious,
    errorMessage: error,
    metadata:
      status === 'completed'
        ? {
            suspicious,
            source: run.source,
            producer: run.producer,
            job: `${run.jobNamespace} ${run.jobName}`,
            run: run.runKey,
          }
        : {},
  }
}

function attemptKeyIn({ source, runKey }: ExternalRun, { namespace, name }: DatasetName): string {
  return digestId(source, runKey, namespace, name)
}
