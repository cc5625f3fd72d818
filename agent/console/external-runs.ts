import type { ExternalRunFilter, ExternalRunRow } from '../../shared/contract/external-runs.ts'
import type { JsonObject } from '../../shared/domain.ts'
import { cleanText } from '../../shared/errors.ts'
import { type MappingRule, mappingOf } from '../../shared/lineage/mapping.ts'
import { datasetOfFact, factName } from '../../shared/lineage/outcomes.ts'
import { readMappingRules } from '../intake/lineage/mapping-rules.ts'
import { everyBrandName } from '../store/brands.ts'
import { databaseNow } from '../store/database-clock.ts'
import {
  countExternalRuns,
  type ExternalRunConditions,
  type ExternalRunPosition,
  getExternalRun,
  type ListedExternalRun,
  listExternalRuns,
  listExternalSteps,
  type WholeExternalRun,
} from '../store/external-run-list.ts'
import { notFound, requireOwned } from './access.ts'
import { requireScope } from './brand-scope.ts'
import type { ConsoleContext } from './context.ts'
import { procedures } from './procedures.ts'
import { brokenCursor } from './run-filter.ts'

const list = procedures.externalRuns.list.handler(async ({ context, input }) => {
  const { database } = context.services
  const after = positionOf(input.cursor)
  const conditions = await checked(context, input)
  // One more than asked for tells whether there is a next page.
  const found = await listExternalRuns(database, conditions, { after, limit: input.limit + 1 })
  const rows = found.slice(0, input.limit)
  const last = found.length > input.limit ? rows.at(-1) : undefined
  return {
    asOf: rows[0]?.asOf ?? (await databaseNow(database)),
    runs: rows.map(rowOf),
    nextCursor: last === undefined ? null : `${last.position}~${last.id}`,
  }
})

const mostCounted = 10_000

const summary = procedures.externalRuns.summary.handler(async ({ context, input }) => {
  const conditions = await checked(context, input)
  const { asOf, total, ...byResult } = await countExternalRuns(context.services.database, conditions, mostCounted + 1)
  return { asOf, total: Math.min(total, mostCounted), isMore: total > mostCounted, byResult }
})

const get = procedures.externalRuns.get.handler(async ({ context, input: { runId } }) => {
  const { database, catalog } = context.services
  const missing = `There is no run ${runId}.`
  const named = { field: 'runId', value: runId }
  const run = await getExternalRun(database, runId)
  if (run === null) throw notFound(missing, named)
  await requireOwned(context, run.organizationId, missing, named)
  const [steps, rules, names] = await Promise.all([
    listExternalSteps(database, run),
    readMappingRules(database, run.organizationId, catalog),
    everyBrandName(database, run.organizationId),
  ])
  const { runKey, parentKey, lastEventAt, nominalStartAt, nominalEndAt, errorMessage, log, organizationId } = run
  return {
    asOf: run.asOf,
    run: {
      ...rowOf(run),
      organizationId,
      runKey,
      parentKey,
      lastEventAt,
      nominalStartAt,
      nominalEndAt,
      errorMessage,
      log,
      facets: facetsOf(run),
    },
    parent: run.parentId === null ? null : { id: run.parentId, jobName: run.parentName ?? '' },
    steps: steps.map(rowOf),
    inputs: datasetsOf(run, 'input', rules, names),
    outputs: datasetsOf(run, 'output', rules, names),
  }
})

export const externalRuns = { list, summary, get }

async function checked(context: ConsoleContext, filter: ExternalRunFilter): Promise<ExternalRunConditions> {
  const { sources, results, from, to, text } = filter
  const { organizationId, only } = await requireScope(context, filter)
  return {
    organizationId,
    brandIds: only,
    sources,
    results,
    from: from === null ? null : new Date(from),
    to: to === null ? null : new Date(to),
    text: cleanText(text.trim(), 200).toLowerCase(),
  }
}

const cursorPattern =
  /^(\d{4}-[01]\d-[0-3]\d [0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{1,6})?[+-]\d{2}(?::\d{2}){0,2})~([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

function positionOf(cursor: string | null): ExternalRunPosition | null {
  if (cursor === null) return null
  const [, firstEventAt, id] = cursorPattern.exec(cursor) ?? []
  // A date that no calendar has: it looks like ours and is not.
  if (firstEventAt === undefined || id === undefined || Number.isNaN(Date.parse(firstEventAt.slice(0, 10)))) {
    throw brokenCursor(cursor)
  }
  return { firstEventAt, id }
}

function rowOf(run: ListedExternalRun): ExternalRunRow {
  const { id, source, producer, jobNamespace, jobName, status, firstEventAt, startedAt, completedAt } = run
  return {
    id,
    source,
    producer,
    jobNamespace,
    jobName,
    brand: run.brandId === null ? null : { id: run.brandId, name: run.brandName ?? '' },
    dataset: run.datasetKey,
    status,
    firstEventAt,
    startedAt,
    completedAt,
    durationMs: run.durationMs,
    records: run.records,
    error: run.error,
    steps: { total: run.steps, failed: run.failedSteps },
  }
}

/** What was said of the run and its job; of datasets it stands with them. */
function facetsOf({ facts }: WholeExternalRun): JsonObject {
  const own = Object.entries(facts).filter(([key]) => !/^(input|output|rows|change):/.test(key))
  return Object.fromEntries(own.map(([key, { value }]) => [key.replace(/^(run|job):/, '$1 '), value]))
}

function datasetsOf(
  { facts }: WholeExternalRun,
  kind: 'input' | 'output',
  rules: readonly MappingRule[],
  names: ReadonlyMap<string, string>,
) {
  return Object.entries(facts).flatMap(([key, fact]) => {
    const dataset = datasetOfFact(key, kind)
    if (dataset === null) return []
    const rule = mappingOf(rules, dataset)
    const rows = kind === 'output' ? facts[factName.rows(dataset)]?.value : null
    const mapped =
      rule === null
        ? null
        : { brand: { id: rule.brandId, name: names.get(rule.brandId) ?? rule.brandId }, dataset: rule.datasetKey }
    return [{ ...dataset, rows: typeof rows === 'number' ? rows : null, mapped, facets: fact.value }]
  })
}
