import type { BackfillRule } from '../../../shared/backfills.ts'
import type { Ownership } from '../../../shared/ownership.ts'
import type { Finding } from '../../settings/finding.ts'
import { yamlProblem } from '../../settings/yaml-source.ts'
import type { Catalog, Dataset, DatasetProbe, JobType, Page, Step } from './catalog.ts'
import { crossCheck } from './cross-checks.ts'
import type { DatasetEntry, JobTypeEntry, PageEntry, StepEntry } from './file-schema.ts'
import { closed, noParameters } from './parameter-schema.ts'
import type { CatalogFile } from './parse-catalog.ts'

/**
 * Adds a file to a catalog. The rule for a key that is in both:
 * - a dataset or a job type keeps every field that the file does not mention;
 * - its steps are matched by their `key`: a step that the file names keeps the fields the file does not mention, a new key is
 *   appended, nothing is removed. So `steps: [{ key: insights, run: {…} }]` is enough to attach a run to a preset step;
 * - a page, a connection, a credential and a channel are replaced whole; allowed hosts and rules for names of lineage are added.
 * To leave something out, write `extends: none` or use another key.
 * @throws Problem `invalid_catalog` that lists every reference that does not hold, as `file:line:column`.
 */
export function mergeCatalog(base: Catalog, file: CatalogFile): Catalog {
  const { content } = file
  const findings = missingFields(base, file)
  const merged: Catalog = {
    datasets: mergedMap(base.datasets, content.datasets, mergeDataset),
    jobTypes: mergedMap(base.jobTypes, content.job_types, mergeJobType),
    pages: mergedMap(base.pages, content.pages, (_known, key, entry) => pageOf(key, entry)),
    connections: mergedMap(base.connections, content.connections, (_known, _key, entry) => entry),
    credentials: mergedMap(base.credentials, content.credentials, (_known, _key, entry) => ({
      header: entry.header,
      valueEnv: entry.value_env,
    })),
    channels: mergedMap(base.channels, content.notifications.channels, (_known, _key, entry) => entry),
    httpAllowHosts: [...new Set([...base.httpAllowHosts, ...content.http.allow_hosts])],
    lineage: [...base.lineage, ...content.lineage],
    baseDirectory: base.baseDirectory,
    givenVariables: base.givenVariables,
  }
  findings.push(...crossCheck(merged, file))
  if (findings.length > 0) throw yamlProblem(findings, file)
  return merged
}

function mergedMap<Entry, Value>(
  base: ReadonlyMap<string, Value>,
  entries: Readonly<Record<string, Entry>>,
  merge: (known: Value | undefined, key: string, entry: Entry) => Value,
): Map<string, Value> {
  const merged = new Map(base)
  for (const [key, entry] of Object.entries(entries)) merged.set(key, merge(base.get(key), key, entry))
  return merged
}

function mergeDataset(known: Dataset | undefined, key: string, entry: DatasetEntry): Dataset {
  return {
    key,
    label: entry.label ?? known?.label ?? key,
    description: entry.description ?? known?.description ?? null,
    maxAgeHours: entry.max_age_hours === undefined ? (known?.maxAgeHours ?? null) : entry.max_age_hours,
    due: entry.due === undefined ? (known?.due ?? null) : entry.due,
    neverZero: entry.never_zero ?? known?.neverZero ?? false,
    probe: entry.probe === undefined ? (known?.probe ?? null) : probeOf(entry.probe),
    ...mergeOwnership(known, entry),
  }
}

function probeOf(entry: NonNullable<DatasetEntry['probe']> | null): DatasetProbe | null {
  if (entry === null) return null
  const { sql, connection, every_minutes: everyMinutes, may_rest_hours: mayRestHours } = entry
  return { sql, connection, everyMinutes, mayRestHours }
}

const defaultTimeoutMinutes = 60

function mergeJobType(known: JobType | undefined, key: string, entry: JobTypeEntry): JobType {
  const { cadence } = entry
  return {
    key,
    label: entry.label ?? known?.label ?? key,
    description: entry.description ?? known?.description ?? null,
    timeoutMinutes: entry.timeout_minutes ?? known?.timeoutMinutes ?? defaultTimeoutMinutes,
    expectedMinutes: entry.expected_minutes === undefined ? (known?.expectedMinutes ?? null) : entry.expected_minutes,
    parameters: entry.parameters === undefined ? (known?.parameters ?? noParameters) : closed(entry.parameters),
    steps: mergeSteps(known?.steps ?? [], entry.steps ?? []),
    cadence:
      cadence === undefined ? (known?.cadence ?? null) : { cron: cadence.cron, timeZone: cadence.time_zone ?? null },
    secrets: [...new Set([...(known?.secrets ?? []), ...(entry.secrets ?? [])])],
    backfill: entry.backfill === undefined ? (known?.backfill ?? null) : backfillOf(entry.backfill),
    resume: entry.resume ?? known?.resume ?? false,
    ...mergeOwnership(known, entry),
  }
}

type GivenOwnership = { readonly [Key in keyof Ownership]?: Ownership[Key] | undefined }

/** `null` takes away what the catalog below names. */
function mergeOwnership(known: Ownership | undefined, { owner, runbook }: GivenOwnership): Ownership {
  return {
    owner: owner === undefined ? (known?.owner ?? null) : owner,
    runbook: runbook === undefined ? (known?.runbook ?? null) : runbook,
  }
}

const usualMostDays = 31

function backfillOf(entry: NonNullable<JobTypeEntry['backfill']> | null): BackfillRule | null {
  if (entry === null) return null
  const { from, to = null, most_days: mostDays = to === null ? 1 : usualMostDays } = entry
  return { from, to, mostDays }
}

function mergeSteps(known: readonly Step[], entries: readonly StepEntry[]): Step[] {
  const merged = new Map(known.map((step) => [step.key, step]))
  for (const entry of entries) merged.set(entry.key, mergeStep(merged.get(entry.key), entry))
  return [...merged.values()]
}

function mergeStep(known: Step | undefined, entry: StepEntry): Step {
  return {
    key: entry.key,
    label: entry.label ?? known?.label ?? words(entry.key),
    dataset: entry.dataset ?? known?.dataset ?? null,
    fatal: entry.fatal ?? known?.fatal ?? true,
    retry: entry.retry ?? known?.retry ?? 'allowed',
    when: entry.when ?? known?.when ?? null,
    run: entry.run ?? known?.run ?? null,
  }
}

/** `load_orders` → `Load orders`. */
function words(key: string): string {
  return `${key.slice(0, 1).toUpperCase()}${key.slice(1).replaceAll('_', ' ')}`
}

function pageOf(key: string, entry: PageEntry): Page {
  const requires = entry.requires.map((requirement) => ({
    dataset: requirement.dataset,
    maxAgeHours: requirement.max_age_hours,
    fix: { jobType: requirement.fix.job_type, parameters: requirement.fix.parameters ?? {} },
  }))
  return { key, label: entry.label, requires, ...mergeOwnership(undefined, entry) }
}

/** What an entry must say because there is nothing to inherit it from. */
function missingFields(base: Catalog, { content }: CatalogFile): Finding[] {
  const findings: Finding[] = []
  for (const [key, entry] of Object.entries(content.datasets)) {
    if (!base.datasets.has(key) && entry.label === undefined) findings.push(missing('datasets', key, 'label'))
  }
  for (const [key, entry] of Object.entries(content.job_types)) {
    if (base.jobTypes.has(key)) continue
    if (entry.label === undefined) findings.push(missing('job_types', key, 'label'))
    if (entry.steps === undefined) findings.push(missing('job_types', key, 'steps'))
  }
  return findings
}

function missing(section: string, key: string, field: string): Finding {
  const fix = `Add ${field}: "${key}" is new, so there is nothing to take it from.`
  return { path: [section, key, field], message: 'is missing', fix }
}
