/**
 * The settings of one organization as a document (YAML or JSON): what is kept under review in git, copied from staging to production, and
 * compared. Things are named as people name them (brand, dataset, job type, job), never by ids, so that a document means the same in
 * another database. What is left out of an entry has its usual value; a section that is left out is not looked at.
 */
import { z } from 'zod'
import { mostGroups } from '../brand-groups.ts'
import { debounceSeconds } from '../dataset-triggers.ts'
import {
  catchUpPolicies,
  type JsonObject,
  type JsonValue,
  overlapPolicies,
  type Priority,
  priorities,
} from '../domain.ts'
import { weekdays } from '../due.ts'
import { type IncidentKind, incidentKinds, kindRules } from '../incidents.ts'
import { canonicalJson } from '../json.ts'
import { mostAlertAfter } from '../retry.ts'
import type { SettingsSection } from './sections.ts'

/** What a document says it is; another one is not read. */
export const settingsFormat = 'pipeline-manager/v1'

const name = z.string().min(1).max(500)
const key = z.string().min(1).max(200)
const hours = z.number().positive().max(87_600).nullable().default(null)
const minutes = z.number().int().min(1).max(1_440).nullable().default(null)
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time such as "09:00", in quotes' })
// A fresh one each: nobody shares what may be changed.
const parameters = z.record(z.string(), z.json()).default(() => ({}))
// The keys of a constant table.
const priority = z.enum(Object.keys(priorities) as [Priority, ...Priority[]])
const kind = z.enum(incidentKinds)

/** How a recurring job of a brand or of the platform runs. */
const cadenceAndRules = {
  job_type: key,
  name,
  cron: z.string().min(1).max(1_000),
  time_zone: z.string().min(1).max(100),
  parameters,
  priority: priority.default('normal'),
  overlap: z.enum(overlapPolicies).default('queue'),
  catch_up: z.enum(catchUpPolicies).default('latest'),
  max_retries: z.number().int().min(0).max(100).default(3),
  /** So many runs in a row have to fail for good before it is told. */
  alert_after: z.number().int().min(1).max(mostAlertAfter).default(1),
  /** Null = the job type's own. */
  timeout_minutes: minutes,
  /** Null = the usual one, of brand and job type. */
  concurrency_key: z.string().trim().min(1).max(200).nullable().default(null),
  paused: z.boolean().default(false),
} as const

const watched = Object.fromEntries(
  incidentKinds.map((one) => [one, z.boolean().default(kindRules[one].isWatched)]),
) as unknown as Record<IncidentKind, z.ZodDefault<z.ZodBoolean>>
const watch = z.strictObject(watched)

/** What an entry of each section says, in the order in which it is written. */
export const entrySchemas = {
  features: z.strictObject({ feature: z.literal('PIPELINE_MANAGER'), enabled: z.boolean() }),
  brands: z.strictObject({
    name,
    archived: z.boolean().default(false),
    groups: z
      .array(z.string().min(1).max(200))
      .max(mostGroups)
      // A fresh one each: nobody shares what may be changed.
      .default(() => []),
  }),
  schedules: z.strictObject({ brand: name, ...cadenceAndRules }),
  platform_schedules: z.strictObject(cadenceAndRules),
  policies: z.strictObject({
    brand: name,
    dataset: key,
    max_age_hours: hours,
    warn_age_hours: hours,
    due: z
      .strictObject({ days: z.array(z.enum(weekdays)).min(1).max(7), at: timeOfDay, zone: z.string().min(1).max(64) })
      .nullable()
      .default(null),
  }),
  triggers: z.strictObject({
    brand: name,
    dataset: key,
    job_type: key,
    /** Null = the job type runs, with parameters of its own. */
    job: name.nullable().default(null),
    parameters,
    debounce_seconds: z.number().int().min(0).max(debounceSeconds.most).default(debounceSeconds.usual),
    paused: z.boolean().default(false),
  }),
  notifications: z.strictObject({
    watch: watch.prefault({}),
    remind_every_minutes: z.number().int().min(60).max(10_080).nullable().default(null),
    quiet_hours: z
      .strictObject({
        days: z.array(z.enum(weekdays)).min(1).max(7),
        from: timeOfDay,
        to: timeOfDay,
        zone: z.string().min(1).max(64),
      })
      .nullable()
      .default(null),
  }),
  routes: z.strictObject({
    channel: z.string().min(1).max(63),
    /** Null = all. */
    kinds: z.array(kind).min(1).max(20).nullable().default(null),
    /** Null here and in `groups` = all. */
    brands: z.array(name).min(1).max(1_000).nullable().default(null),
    groups: z.array(z.string().min(1).max(200)).min(1).max(100).nullable().default(null),
    person: z.string().trim().min(1).max(100).nullable().default(null),
    after_minutes: minutes,
    repeat_minutes: minutes,
    tells_resolved: z.boolean().default(true),
    enabled: z.boolean().default(true),
  }),
  mutes: z.strictObject({
    /** Null in all of these = any. */
    brand: name.nullable().default(null),
    dataset: key.nullable().default(null),
    job_type: key.nullable().default(null),
    kind: kind.nullable().default(null),
    note: z.string().max(10_000).nullable().default(null),
  }),
} as const satisfies Record<SettingsSection, z.ZodObject>

/** An entry of a section with everything that was left out. */
export type Entry<Section extends SettingsSection> = z.output<(typeof entrySchemas)[Section]>

const most = 20_000

/** A whole document. */
export const settingsDocument = z.strictObject({
  format: z.literal(settingsFormat),
  /** The document is about these alone: nothing of other brands is compared, or removed. */
  only_brands: z.array(name).min(1).max(1_000).optional(),
  features: z.strictObject({ PIPELINE_MANAGER: z.boolean().optional() }).optional(),
  brands: z.array(entrySchemas.brands).max(most).optional(),
  schedules: z.array(entrySchemas.schedules).max(most).optional(),
  platform_schedules: z.array(entrySchemas.platform_schedules).max(most).optional(),
  policies: z.array(entrySchemas.policies).max(most).optional(),
  triggers: z.array(entrySchemas.triggers).max(most).optional(),
  notifications: entrySchemas.notifications.optional(),
  routes: z.array(entrySchemas.routes).max(most).optional(),
  mutes: z.array(entrySchemas.mutes).max(most).optional(),
})
export type SettingsDocument = z.output<typeof settingsDocument>

/** The entries of a section, whichever form it has; null = the document does not have it. */
export function entriesOf<Section extends SettingsSection>(
  document: SettingsDocument,
  section: Section,
): readonly Entry<Section>[] | null {
  const entries = listOf(document, section)
  // `listOf` answers for the section that it is asked about.
  return entries as unknown as readonly Entry<Section>[] | null
}

function listOf(document: SettingsDocument, section: SettingsSection): readonly JsonObject[] | null {
  if (section === 'features') {
    const enabled = document.features?.PIPELINE_MANAGER
    return enabled === undefined ? null : [{ feature: 'PIPELINE_MANAGER', enabled }]
  }
  const given = document[section]
  if (given === undefined) return null
  return Array.isArray(given) ? given : [given]
}

const usualValues = new Map<SettingsSection, ReadonlyMap<string, string>>()

/** The values that fields have when they are left out, as canonical JSON. */
function usualOf(section: SettingsSection): ReadonlyMap<string, string> {
  const known = usualValues.get(section)
  if (known !== undefined) return known
  const fields = Object.entries<z.ZodType>(entrySchemas[section].shape).flatMap(([field, schema]) => {
    const usual = schema.safeParse(undefined)
    return usual.success ? [[field, canonicalJson(usual.data)] as const] : []
  })
  const found = new Map(fields)
  usualValues.set(section, found)
  return found
}

/** The entry as it is written: its fields in the order of the form, those with usual values left out, keys of mappings in order. */
export function compactEntry(section: SettingsSection, entry: JsonObject): JsonObject {
  const usual = usualOf(section)
  const fields = Object.keys(entrySchemas[section].shape).flatMap((field) => {
    const json = canonicalJson(entry[field] ?? null)
    if (!Object.hasOwn(entry, field) || usual.get(field) === json) return []
    // It was JSON before.
    return [[field, JSON.parse(json) as JsonValue] as const]
  })
  return Object.fromEntries(fields)
}
