import type { DbtInvocation, DbtResult } from '../../../shared/dbt-artifacts.ts'
import { readRunResults, readSources } from '../../../shared/dbt-artifacts.ts'
import { cleanText, Problem } from '../../../shared/errors.ts'
import type { ExternalReport } from '../../../shared/external-runs.ts'
import { changePolicyWithin, storedOrNone } from '../../freshness/policy.ts'
import { checkName } from '../../jobs/names.ts'
import type { Brand } from '../../store/brands.ts'
import type { Database, DatabasePool } from '../../store/database.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { lockDatasetPolicy } from '../../store/dataset-policies.ts'
import { recordExternalRuns } from '../../store/external-runs.ts'
import type { Actor } from '../../store/operator-actions.ts'
import { recordOutsideEvents } from '../../store/outside-events.ts'

export interface DbtImport {
  readonly brand: Pick<Brand, 'id' | 'organizationId' | 'name'>
  /** As parsed JSON; null = not given. */
  readonly runResults: unknown
  readonly sources: unknown
  /** F8: whether this dataset never has zero records. */
  readonly isNeverZero: (datasetKey: string) => boolean
}

export interface DbtImported {
  readonly completed: number
  readonly failed: number
  /** Nodes that say nothing about a dataset: tests, and what was skipped. */
  readonly left: number
  /** Datasets whose ages were set, and those whose ages a person has decided otherwise. */
  readonly policiesSet: number
  readonly policiesKept: readonly string[]
  /** It had all been imported before: nothing changed. */
  readonly isKnown: boolean
}

/** Who is said to have set a maximum age that a file of dbt gives: the next import may change it, what people decide it may not. */
const policyOperator = 'dbt import'
const mostAheadMs = 300_000
const errorLimit = 8_000

/**
 * What dbt has built, and how old its sources are, as results of datasets and runs of dbt; in one transaction. The same files again change
 * nothing: results are named by the id of the invocation.
 * @throws Problem `invalid_input` for what is no file of a known version, and for times ahead of the database's clock.
 */
export async function importDbt(database: DatabasePool, given: DbtImport): Promise<DbtImported> {
  const invocations = [
    ...(given.runResults === null ? [] : [readRunResults(given.runResults)]),
    ...(given.sources === null ? [] : [readSources(given.sources)]),
  ]
  if (invocations.length === 0) {
    throw new Problem('invalid_input', 'Nothing is given to import.', {
      field: 'runResults',
      value: null,
      fix: 'Give target/run_results.json, target/sources.json, or both.',
    })
  }
  const now = await databaseNow(database)
  for (const invocation of invocations) requireSound(invocation, now)
  return database.transaction((transaction) => write(transaction, given, invocations))
}

async function write(
  transaction: Database,
  { brand, isNeverZero }: DbtImport,
  invocations: readonly DbtInvocation[],
): Promise<DbtImported> {
  const reports = invocations.flatMap((invocation) => reportsOf(brand, invocation))
  const recorded = await recordExternalRuns(transaction, reports)
  const all = invocations.flatMap((invocation) => invocation.results.map((result) => ({ invocation, result })))
  await recordOutsideEvents(
    transaction,
    all.map(({ invocation, result }) => ({
      brandId: brand.id,
      organizationId: brand.organizationId,
      datasetKey: result.datasetKey,
      status: result.status,
      attemptedAt: result.at,
      freshAsOf: result.freshAsOf,
      eventKey: `dbt ${invocation.id} ${result.uniqueId}`,
      recordsAffected: result.records,
      suspicious: result.records === 0 && isNeverZero(result.datasetKey),
      errorMessage: result.error === null ? null : cleanText(result.error, errorLimit),
      metadata: { dbt: { uniqueId: result.uniqueId, invocation: invocation.id } },
    })),
  )
  const policies = await setPolicies(
    transaction,
    brand,
    all.map(({ result }) => result),
  )
  const failed = all.filter(({ result }) => result.status === 'failed').length
  return {
    completed: all.length - failed,
    failed,
    left: invocations.reduce((sum, { left }) => sum + left, 0),
    ...policies,
    isKnown: recorded.every(({ before }) => before !== null) && policies.policiesSet === 0,
  }
}

/** In the order of their names, so that two imports at once wait for each other and do not stand in each other's way. */
async function setPolicies(
  transaction: Database,
  brand: DbtImport['brand'],
  results: readonly DbtResult[],
): Promise<Pick<DbtImported, 'policiesSet' | 'policiesKept'>> {
  const [kept, actor]: [string[], Actor] = [[], { operator: policyOperator, door: 'api' }]
  let policiesSet = 0
  for (const { datasetKey: dataset, maxAgeHours, warnAgeHours } of results.toSorted((a, b) =>
    a.datasetKey < b.datasetKey ? -1 : 1,
  )) {
    if (maxAgeHours === null && warnAgeHours === null) continue
    const policy = await lockDatasetPolicy(transaction, brand.id, dataset)
    const [maximum, warning] = [storedOrNone(maxAgeHours, 'maxAgeHours'), storedOrNone(warnAgeHours, 'warnAgeHours')]
    if (policy?.maxAgeHours === maximum && policy.warnAgeHours === warning) continue
    if (policy !== null && policy.changedBy !== policyOperator) {
      kept.push(dataset)
      continue
    }
    await changePolicyWithin(transaction, actor, { brand, dataset, maxAgeHours, warnAgeHours })
    policiesSet += 1
  }
  return { policiesSet, policiesKept: kept }
}

/** The invocation, and what it did as its steps. */
function reportsOf(brand: DbtImport['brand'], invocation: DbtInvocation): ExternalReport[] {
  const { id, command, dbtVersion, at, results } = invocation
  const shared = {
    organizationId: brand.organizationId,
    source: 'dbt' as const,
    producer: `dbt ${dbtVersion}`,
    jobNamespace: 'dbt',
    nominalStartAt: null,
    nominalEndAt: null,
    log: null,
    facts: {},
    brandId: brand.id,
  }
  const failed = results.filter(({ status }) => status === 'failed')
  const own: ExternalReport = {
    ...shared,
    runKey: `${id} ${command}`,
    jobName: command,
    parentKey: null,
    datasetKey: null,
    status: failed.length === 0 ? 'completed' : 'failed',
    at,
    records: null,
    error:
      failed.length === 0
        ? null
        : `Failed: ${failed
            .slice(0, 20)
            .map(({ datasetKey }) => datasetKey)
            .join(', ')}`,
  }
  const began = earliest(results)
  const steps = results.flatMap((result): ExternalReport[] => {
    const step = {
      ...shared,
      runKey: `${id} ${result.uniqueId}`,
      jobName: result.uniqueId,
      parentKey: own.runKey,
      datasetKey: result.datasetKey,
      records: result.records,
      error: result.error === null ? null : cleanText(result.error, errorLimit),
    }
    const ended: ExternalReport = { ...step, status: result.status, at: result.at }
    return result.startedAt === null ? [ended] : [{ ...step, status: 'running', at: result.startedAt }, ended]
  })
  return [...(began === null ? [] : [{ ...own, status: 'running' as const, error: null, at: began }]), own, ...steps]
}

function earliest(results: readonly DbtResult[]): Date | null {
  const times = results.flatMap(({ startedAt }) => (startedAt === null ? [] : [startedAt.getTime()]))
  return times.length === 0 ? null : new Date(times.reduce((a, b) => Math.min(a, b)))
}

/** Names that look like others, ages that cannot be, and times that have not come, before anything is written. */
function requireSound({ at, results }: DbtInvocation, now: Date): void {
  for (const { datasetKey, maxAgeHours, warnAgeHours } of results) {
    requirePlainName(datasetKey)
    storedOrNone(maxAgeHours, 'maxAgeHours')
    storedOrNone(warnAgeHours, 'warnAgeHours')
  }
  const newest = results.reduce(
    (latest, result) => Math.max(latest, result.at.getTime(), result.freshAsOf?.getTime() ?? 0),
    at.getTime(),
  )
  if (newest - now.getTime() <= mostAheadMs) return
  throw new Problem(
    'invalid_input',
    `A time of the file lies in the future; the database's clock says ${now.toISOString()}.`,
    {
      field: 'generated_at',
      value: new Date(newest).toISOString(),
      fix: 'Check the clock of the machine that dbt ran on, and the time zone of loaded_at_field.',
    },
  )
}

function requirePlainName(datasetKey: string): void {
  if (checkName(datasetKey, 'unique_id') === datasetKey) return
  throw new Problem('invalid_input', 'A name has blanks around it or letters that are not composed (NFC).', {
    field: 'unique_id',
    value: datasetKey,
    fix: 'Rename the model or the source in the dbt project.',
  })
}
