import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { JsonObject, JsonValue } from '../../../shared/domain.ts'
import { cleanText, Problem } from '../../../shared/errors.ts'
import type { ExternalReport, ExternalStatus, Fact } from '../../../shared/external-runs.ts'
import { isJsonObject } from '../../../shared/json.ts'
import type { DatasetName } from '../../../shared/lineage/mapping.ts'
import { changeFact, factName } from '../../../shared/lineage/outcomes.ts'
import { maskShaped } from '../../jobs/log/secret-masker.ts'
import { storableCount } from '../../jobs/storable.ts'
import { readEventTime, readTime } from './event-time.ts'
import { boundedFacts } from './facets.ts'

/** A dataset that is described, with or without a run. */
export interface SeenDataset extends DatasetName {
  readonly facets: JsonObject
}

interface Described {
  readonly at: Date
  readonly producer: string
}

/** Whose it is, only its token knows. */
export type RunReport = Omit<ExternalReport, 'organizationId'>

/** What an OpenLineage event says, whichever of the three kinds it is. */
export type LineageEvent =
  | { readonly kind: 'run'; readonly run: RunReport; readonly parent: RunReport | null }
  | (Described & { readonly kind: 'dataset'; readonly dataset: SeenDataset })
  | (Described & { readonly kind: 'job'; readonly job: SeenDataset; readonly outputs: readonly DatasetName[] })

/** It was read as JSON: to look at all of it again would cost more than all else. What is no object says nothing. */
const facets = z.custom<JsonObject>(isJsonObject).catch({})
const name = z.string().min(1)
const job = z.object({ namespace: name, name, facets: facets.optional() })
const dataset = z.object({
  namespace: name,
  name,
  facets: facets.optional(),
  inputFacets: facets.optional(),
  outputFacets: facets.optional(),
})
type Dataset = z.infer<typeof dataset>
const datasets = z.array(dataset).nullish()

// Schemas are made once: making one costs more than all else that is done for an event.
const base = z.object({
  eventTime: z.string(),
  producer: z.string().min(1),
  schemaURL: z.string().nullish(),
})
const runEvent = base.extend({
  eventType: z.string().nullish(),
  run: z.object({ runId: name, facets: facets.optional() }),
  job,
  inputs: datasets,
  outputs: datasets,
})
const datasetEvent = base.extend({ dataset })
const jobEvent = base.extend({ job, inputs: datasets, outputs: datasets })
const anyObject = z.looseObject({})
const nominalFacet = z.object({ nominalStartTime: z.string(), nominalEndTime: z.string().nullish() })
const errorFacet = z.object({ message: z.string().min(1), stackTrace: z.string().nullish() })
const statisticsFacet = z.object({ rowCount: z.number() })
/** Source: https://openlineage.io/docs/spec/facets/dataset-facets/lifecycle_state_change */
const lifecycleFacet = z.object({
  lifecycleStateChange: z.string(),
  previousIdentifier: z.object({ namespace: name, name }).nullish().catch(null),
})
const parentFacet = z.object({ run: z.object({ runId: name }), job: z.object({ namespace: name, name }) })

/**
 * An event of OpenLineage (spec 2-0-2), read as Marquez reads it: the kind is the last word of `schemaURL`, or what it looks like; facets that
 * nobody knows are kept, those that are not as they should be say nothing. @throws Problem `invalid_input` naming the field.
 */
export function readLineageEvent(document: unknown, now: Date): LineageEvent {
  const kind = kindOf(document)
  if (kind === 'dataset') {
    const event = parsed(datasetEvent, document)
    return { kind, ...describedBy(event, now), dataset: seen(event.dataset) }
  }
  if (kind === 'job') {
    const event = parsed(jobEvent, document)
    return { kind, ...describedBy(event, now), job: seen(event.job), outputs: (event.outputs ?? []).map(named) }
  }
  const event = parsed(runEvent, document)
  const run = reportOf(event, describedBy(event, now))
  return { kind, run, parent: parentOf(event, run) }
}

function kindOf(document: unknown): LineageEvent['kind'] {
  const event = anyObject.safeParse(document).data
  if (event === undefined) throw refused('The event is not a JSON object.', 'body', document)
  const { schemaURL } = event
  const [, word] = (typeof schemaURL === 'string' ? /([A-Za-z]+)$/.exec(schemaURL) : null) ?? []
  if (word === 'RunEvent') return 'run'
  if (word === 'DatasetEvent' || word === 'JobEvent') return word === 'JobEvent' ? 'job' : 'dataset'
  if (event['run'] === undefined && event['dataset'] !== undefined) return 'dataset'
  return event['run'] === undefined && event['eventType'] === undefined && event['job'] !== undefined ? 'job' : 'run'
}

function parsed<Event>(schema: z.ZodType<Event>, document: unknown): Event {
  const result = schema.safeParse(document)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const field = (issue?.path ?? []).join('.')
  throw refused(`The event's "${field}" is missing or not what it should be: ${issue?.message ?? ''}.`, field)
}

function refused(message: string, field: string, value?: unknown): Problem {
  return new Problem('invalid_input', message, {
    field,
    ...(value === undefined ? {} : { value }),
    fix: 'Send an event of OpenLineage: https://openlineage.io/docs/spec/object-model',
  })
}

function describedBy({ eventTime, producer }: z.infer<typeof base>, now: Date): Described {
  return { at: readEventTime(eventTime, now), producer: shortName(maskShaped(producer)) }
}

/** Marquez's states: anything that is not one of these adds to a run and says nothing about how it goes. */
const statuses: Readonly<Record<string, ExternalStatus>> = {
  START: 'running',
  RUNNING: 'running',
  COMPLETE: 'completed',
  FAIL: 'failed',
  ABORT: 'cancelled',
}

function reportOf(event: z.infer<typeof runEvent>, { at, producer }: Described): RunReport {
  const { run } = event
  const nominal = nominalFacet.safeParse(run.facets?.['nominalTime']).data
  return {
    source: 'lineage',
    runKey: shortName(run.runId),
    producer,
    jobNamespace: shortName(maskedNamespace(event.job.namespace)),
    jobName: shortName(event.job.name),
    parentKey: null,
    status: statuses[event.eventType?.toUpperCase() ?? ''] ?? null,
    at,
    nominalStartAt: readTime(nominal?.nominalStartTime ?? ''),
    nominalEndAt: readTime(nominal?.nominalEndTime ?? ''),
    records: recordsOf(event),
    error: errorOf(run.facets?.['errorMessage']),
    log: null,
    facts: factsOf(event, at.toISOString()),
    brandId: null,
    datasetKey: null,
  }
}

const errorLimit = 8_000

function errorOf(facet: JsonValue | undefined): string | null {
  const error = errorFacet.safeParse(facet).data
  if (error === undefined) return null
  const { message, stackTrace } = error
  return cleanText(maskShaped(stackTrace ? `${message}\n\n${stackTrace}` : message), errorLimit)
}

/** Rows of all outputs that say how many; null when none does. */
function recordsOf({ outputs }: z.infer<typeof runEvent>): number | null {
  const counts = (outputs ?? []).map(rowsOf).filter((rows) => rows !== null)
  return counts.length === 0 ? null : storableCount(counts.reduce((sum, rows) => sum + rows, 0))
}

function rowsOf({ outputFacets }: Dataset): number | null {
  const statistics = statisticsFacet.safeParse(outputFacets?.['outputStatistics']).data
  return statistics === undefined ? null : storableCount(statistics.rowCount)
}

function changeOf(output: Dataset): [string, JsonValue] | null {
  const facet = lifecycleFacet.safeParse(output.facets?.['lifecycleStateChange']).data
  if (facet === undefined) return null
  const { lifecycleStateChange, previousIdentifier: previous } = facet
  return changeFact(named(output), shortName(lifecycleStateChange).toUpperCase(), previous ? named(previous) : null)
}

function factsOf(event: z.infer<typeof runEvent>, at: string): Record<string, Fact> {
  const found: [string, JsonValue][] = []
  for (const output of event.outputs ?? []) {
    const [rows, change] = [rowsOf(output), changeOf(output)]
    if (rows !== null) found.push([factName.rows(named(output)), rows])
    if (change !== null) found.push(change)
    found.push([factName.output(named(output)), { ...output.facets, ...output.outputFacets }])
  }
  for (const input of event.inputs ?? []) {
    found.push([factName.input(named(input)), { ...input.facets, ...input.inputFacets }])
  }
  for (const [facet, value] of Object.entries(event.run.facets ?? {}))
    found.push([factName.run(shortName(facet)), value])
  for (const [facet, value] of Object.entries(event.job.facets ?? {}))
    found.push([factName.job(shortName(facet)), value])
  return boundedFacts(found, at)
}

/** The run that this one is a step of, which may never say anything itself. */
function parentOf(event: z.infer<typeof runEvent>, run: RunReport): RunReport | null {
  const facet = event.run.facets?.['parent'] ?? event.run.facets?.['parentRun']
  const parent = parentFacet.safeParse(facet).data
  if (parent === undefined || shortName(parent.run.runId) === run.runKey) return null
  return {
    ...run,
    runKey: shortName(parent.run.runId),
    jobNamespace: shortName(maskedNamespace(parent.job.namespace)),
    jobName: shortName(parent.job.name),
    status: null,
    nominalStartAt: null,
    nominalEndAt: null,
    records: null,
    error: null,
    facts: {},
  }
}

function seen({
  facets: told,
  ...given
}: {
  namespace: string
  name: string
  facets?: JsonObject | undefined
}): SeenDataset {
  return { ...named(given), facets: told ?? {} }
}

/** As the names of a dataset are stored, so that a pattern that was copied from them fits. */
export function named({ namespace, name }: DatasetName): DatasetName {
  return { namespace: shortName(maskedNamespace(namespace)), name: shortName(name) }
}

/** A namespace may be the address of a database, with the login that the program has for it. */
export function maskedNamespace(namespace: string): string {
  return maskShaped(namespace)
}

/** Names are keys, and a key has room for so many bytes. */
const nameBytes = 600

/** A name as it is stored; of one that is too long the beginning and a digest of all of it, so that two stay two. */
export function shortName(text: string): string {
  const clean = cleanText(text, 100_000).replaceAll('\n', ' ')
  const bytes = Buffer.from(clean)
  if (bytes.length <= nameBytes) return clean
  const digest = createHash('sha256').update(clean).digest('hex').slice(0, 12)
  return `${bytes
    .subarray(0, nameBytes - 40)
    .toString()
    .replace(/\uFFFD$/, '')}… ${digest}`
}
