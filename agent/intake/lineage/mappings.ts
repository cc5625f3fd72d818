import type { JsonObject } from '../../../shared/domain.ts'
import { Problem } from '../../../shared/errors.ts'
import { byStrictness, fits, type MappingRule, mappingOf } from '../../../shared/lineage/mapping.ts'
import { factName } from '../../../shared/lineage/outcomes.ts'
import type { ActionName } from '../../../shared/operator-actions.ts'
import type { Database } from '../../store/database.ts'
import { ownExternalRuns } from '../../store/external-runs.ts'
import { type LineageDataset, listLineageDatasets } from '../../store/lineage-datasets.ts'
import {
  deleteLineageMapping,
  forgetLineageAttempt,
  insertLineageMapping,
  type LineageMapping,
  type LineagePattern,
  lockLineageMappings,
  updateLineageMapping,
} from '../../store/lineage-mappings.ts'
import { type Actor, insertOperatorAction } from '../../store/operator-actions.ts'
import { type BatchedOutsideEvent, recordOutsideEvents } from '../../store/outside-events.ts'
import { readMappings } from './mapping-rules.ts'
import { named } from './read-event.ts'

/** Names that are looked at for what is mapped and what is not: those seen last. */
export const mostNames = 5_000
const mostMappings = 2_000

export interface MappingPlace {
  readonly organizationId: string
  /** Null: a new one. */
  readonly mappingId: string | null
}

export interface MappingChange {
  readonly id: string
  readonly changed: boolean
  /** Datasets of ours that became what was said last about the names. */
  readonly applied: number
}

/**
 * Makes or changes a mapping, its names as they are told of, and applies what was said last about the names that it decides now, in the caller's transaction; runs of late that
 * wrote to them and are nobody's are the brand's from now on. Events wait meanwhile, so that none is missed. `requireSeen` is asked with the mapping as it is.
 * @throws Problem `conflict` when another one has the same pattern, `not_found`.
 */
export async function setMapping(
  transaction: Database,
  actor: Actor,
  { organizationId, mappingId }: MappingPlace,
  wanted: LineagePattern,
  requireSeen: (stored: LineageMapping) => void,
): Promise<MappingChange> {
  const pattern = { ...wanted, ...named(wanted) }
  await lockLineageMappings(transaction, organizationId)
  const existing = await readMappings(transaction, organizationId)
  const before = mappingId === null ? null : found(existing, mappingId)
  if (before !== null) requireSeen(before)
  requireNew(existing, pattern, mappingId)
  if (before !== null && textOf(before) === textOf(pattern)) return { id: before.id, changed: false, applied: 0 }
  const id = before?.id ?? (await insertLineageMapping(transaction, organizationId, pattern, actor.operator))
  if (before !== null) {
    await updateLineageMapping(transaction, id, pattern, actor.operator)
    await forgetLineageAttempt(transaction, organizationId, before)
  }
  const action = before === null ? 'lineage_mapping.create' : 'lineage_mapping.set'
  await record(transaction, actor, organizationId, { action, id, before, after: pattern })
  return { id, changed: true, applied: await applyLatest(transaction, organizationId, id) }
}

/** @throws Problem `not_found`. */
export async function removeMapping(
  transaction: Database,
  actor: Actor,
  { organizationId, mappingId }: MappingPlace & { readonly mappingId: string },
  requireSeen: (stored: LineageMapping) => void,
): Promise<void> {
  await lockLineageMappings(transaction, organizationId)
  const before = found(await readMappings(transaction, organizationId), mappingId)
  requireSeen(before)
  await deleteLineageMapping(transaction, mappingId)
  await forgetLineageAttempt(transaction, organizationId, before)
  await record(transaction, actor, organizationId, {
    action: 'lineage_mapping.remove',
    id: mappingId,
    before,
    after: null,
  })
}

function found(existing: readonly LineageMapping[], mappingId: string): LineageMapping {
  const mapping = existing.find(({ id }) => id === mappingId.toLowerCase())
  if (mapping !== undefined) return mapping
  throw new Problem('not_found', `There is no mapping ${mappingId}.`, {
    field: 'mappingId',
    value: mappingId,
    fix: 'Check the id; it may belong to another organization.',
  })
}

function requireNew(existing: readonly LineageMapping[], pattern: LineagePattern, mappingId: string | null): void {
  const twin = existing.find(
    ({ id, namespace, name }) =>
      id !== mappingId?.toLowerCase() && namespace === pattern.namespace && name === pattern.name,
  )
  if (twin !== undefined) {
    throw new Problem('conflict', `"${pattern.namespace}" "${pattern.name}" is mapped already.`, {
      field: 'name',
      value: pattern.name,
      fix: 'Change that mapping, or write a more specific one.',
    })
  }
  if (mappingId !== null || existing.length < mostMappings) return
  throw new Problem('conflict', `There are ${mostMappings} mappings already; no more are kept.`, {
    field: 'mappingId',
    value: null,
    fix: 'One pattern may fit many names.',
  })
}

/** The names that a rule decides among all rules of people: rules of files are known to each agent alone, and do not apply later. */
async function applyLatest(transaction: Database, organizationId: string, mappingId: string): Promise<number> {
  const mappings = await readMappings(transaction, organizationId)
  const rules = mappings.map((mapping) => ({ ...mapping, from: 'database' as const }))
  const names = await listLineageDatasets(transaction, organizationId, mostNames)
  const decided = names.filter((name) => mappingOf(rules, name)?.id === mappingId)
  const rule = rules.find(({ id }) => id === mappingId)
  if (rule === undefined) return 0
  const events = decided.flatMap((name) => eventsOf(organizationId, name, rule))
  await recordOutsideEvents(transaction, events)
  await ownExternalRuns(transaction, { organizationId, source: 'lineage' }, decided.map(factName.output), rule)
  return new Set(events.map(({ brandId, datasetKey }) => `${brandId} ${datasetKey}`)).size
}

/** The last success and the last attempt that were told, as if they were told now. */
function eventsOf(organizationId: string, told: LineageDataset, rule: MappingRule): BatchedOutsideEvent[] {
  const { namespace, name, status, attemptAt, attemptKey, successAt, error, records } = told
  const plain = {
    brandId: rule.brandId,
    datasetKey: rule.datasetKey,
    organizationId,
    suspicious: false,
    freshAsOf: null,
    // What its run is still going to say replaces it.
    attemptKey,
  }
  const job = `${told.jobNamespace} ${told.jobName}`
  const metadata = { suspicious: false, source: 'lineage', producer: told.producer, job }
  const success = (at: Date): BatchedOutsideEvent => ({
    ...plain,
    status: 'completed',
    attemptedAt: status === 'completed' && attemptAt !== null && attemptAt > at ? attemptAt : at,
    freshAsOf: at,
    eventKey: ['mapped', namespace, name, at.toISOString()].join('\n'),
    recordsAffected: records,
    errorMessage: null,
    metadata,
  })
  const attempt = (at: Date, how: 'running' | 'failed' | 'unknown'): BatchedOutsideEvent => ({
    ...plain,
    status: how,
    attemptedAt: at,
    eventKey: ['mapped', namespace, name, at.toISOString()].join('\n'),
    recordsAffected: null,
    errorMessage: error,
    metadata: {},
  })
  return [
    ...(successAt === null ? [] : [success(successAt)]),
    ...(attemptAt === null || status === 'completed' ? [] : [attempt(attemptAt, status ?? 'unknown')]),
  ]
}

/** Names, and how many of them each rule decides; the rules in the order in which they count. */
export function decidedBy<Rule extends MappingRule>(
  rules: readonly Rule[],
  names: readonly LineageDataset[],
): { readonly rules: readonly { rule: Rule; names: number }[]; readonly unmapped: readonly LineageDataset[] } {
  const counts = new Map<Rule, number>()
  const unmapped: LineageDataset[] = []
  for (const name of names) {
    const rule = mappingOf(rules, name)
    if (rule === null) unmapped.push(name)
    else counts.set(rule, (counts.get(rule) ?? 0) + 1)
  }
  const ordered = rules.toSorted(byStrictness)
  return { rules: ordered.map((rule) => ({ rule, names: counts.get(rule) ?? 0 })), unmapped }
}

/** What a pattern would decide beside the other rules. */
export function previewOf(
  others: readonly MappingRule[],
  pattern: Pick<LineagePattern, 'namespace' | 'name'>,
  names: readonly LineageDataset[],
): { readonly fitting: number; readonly decided: readonly LineageDataset[] } {
  const rule: MappingRule = { ...pattern, brandId: '', datasetKey: '', from: 'database' }
  const fitting = names.filter(({ namespace, name }) => fits(pattern.namespace, namespace) && fits(pattern.name, name))
  return { fitting: fitting.length, decided: fitting.filter((name) => mappingOf([...others, rule], name) === rule) }
}

function textOf({ namespace, name, brandId, datasetKey }: LineagePattern): string {
  return JSON.stringify([namespace, name, brandId.toLowerCase(), datasetKey])
}

interface Entry {
  readonly action: ActionName
  readonly id: string
  readonly before: LineagePattern | null
  readonly after: LineagePattern | null
}

function record(transaction: Database, actor: Actor, organizationId: string, entry: Entry): Promise<unknown> {
  const { action, id, before, after } = entry
  return insertOperatorAction(transaction, {
    actor,
    organizationId,
    action,
    subjectType: 'lineage_mapping',
    subjectId: id,
    before: before === null ? null : documentOf(before),
    after: after === null ? null : documentOf(after),
  })
}

function documentOf({ namespace, name, brandId, datasetKey }: LineagePattern): JsonObject {
  return { namespace, name, brandId, dataset: datasetKey }
}
