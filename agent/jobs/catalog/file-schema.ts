import { z } from 'zod'
import { mostDaysPerRun } from '../../../shared/backfills.ts'
import { parseDue } from '../../../shared/due-words.ts'
import { Problem } from '../../../shared/errors.ts'
import { isRunbook, longestOwner, longestRunbook } from '../../../shared/ownership.ts'
import { channelSpec } from '../../incidents/channels/channel-spec.ts'
import { connectionSpec } from '../executors/sql.ts'
import { environmentName } from './environment-name.ts'
import { runSpec } from './run-spec.ts'

/*
 * The format of pipeline-manager.yaml (design §6), as written by a person. What an entry leaves out it may inherit from the
 * preset, so almost everything is optional here; merge-catalog.ts knows what a new entry needs.
 */

const identifier = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]{0,62}$/,
    'Must start with a small letter and have only small letters, digits and _, at most 63 in all',
  )

/** Bad input 37: control and bidirectional control characters would let a name look like another one. */
const visibleText = (longest: number) =>
  z
    .string()
    .trim()
    .normalize('NFC')
    .min(1)
    .max(longest)
    .refine((text) => !/[\p{Cc}\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/u.test(text), {
      error: 'contains an invisible control character',
      params: { fix: 'Type the name again instead of pasting it.' },
    })

const label = visibleText(120)

const ownership = {
  owner: visibleText(longestOwner).nullable().optional(),
  runbook: z
    .string()
    .trim()
    .min(1)
    .max(longestRunbook)
    .refine(isRunbook, {
      error: 'is no address of a page',
      params: { fix: 'Give an address that begins with https:// or http://, without a password in it.' },
    })
    .nullable()
    .optional(),
} as const

const description = z.string().trim().max(2_000)

/** One hour to ten years (bad inputs 24, 25). */
const maximumAgeHours = z.number().min(1).max(87_600)

/** Parameter names are the schema's own business; anything JSON holds is kept as it is. */
const jsonObject = z.record(z.string(), z.json())

/** Looks at the data itself, after each success and every so often. */
const probe = z.strictObject({
  sql: z
    .string()
    .min(1)
    .max(64 * 1024),
  connection: identifier,
  every_minutes: z.int().min(1).max(10_080).default(60),
  may_rest_hours: z.number().min(0).max(87_600).default(0),
})

/** "weekdays 09:00 Europe/Berlin" */
const due = z
  .string()
  .max(200)
  .transform((text, context) => {
    try {
      return parseDue(text)
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: error instanceof Problem ? `${error.message} ${error.fix ?? ''}` : '',
      })
      return z.NEVER
    }
  })

const dataset = z.strictObject({
  label: label.optional(),
  description: description.optional(),
  max_age_hours: maximumAgeHours.nullable().optional(),
  due: due.nullable().optional(),
  never_zero: z.boolean().optional(),
  probe: probe.nullable().optional(),
  ...ownership,
})

const step = z.strictObject({
  key: identifier,
  label: label.optional(),
  dataset: identifier.optional(),
  fatal: z.boolean().optional(),
  retry: z.literal('never').optional(),
  when: z.string().min(1).max(120).optional(),
  run: runSpec.optional(),
})

/** Which parameters say what days a run covers; names are the schema's own business. */
const backfill = z.strictObject({
  from: z.string().min(1).max(120),
  to: z.string().min(1).max(120).optional(),
  most_days: z.int().min(1).max(mostDaysPerRun).optional(),
})

const jobType = z.strictObject({
  label: label.optional(),
  description: description.optional(),
  timeout_minutes: z.int().min(1).max(1_440).optional(),
  expected_minutes: z.int().min(1).max(1_440).nullable().optional(),
  parameters: jsonObject.optional(),
  steps: z.array(step).min(1).max(100).optional(),
  cadence: z.strictObject({ cron: z.string(), time_zone: z.string().optional() }).optional(),
  secrets: z.array(environmentName).max(100).optional(),
  backfill: backfill.nullable().optional(),
  resume: z.boolean().optional(),
  ...ownership,
})

const page = z.strictObject({
  label,
  ...ownership,
  requires: z
    .array(
      z.strictObject({
        dataset: identifier,
        max_age_hours: maximumAgeHours,
        fix: z.strictObject({ job_type: identifier, parameters: jsonObject.optional() }),
      }),
    )
    .min(1)
    .max(100),
})

const credential = z.strictObject({
  header: z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, { error: 'Must be the name of an HTTP header' }),
  value_env: environmentName,
})

const allowedHost = z.string().regex(/^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/, {
  error: 'Must be a host or host:port in small letters, without https:// and without a path',
})

/** A name in the file would hide the one that every agent has. */
const channelName = identifier.refine((name) => name !== 'in_app' && name !== 'desktop', {
  error: 'Is the name of a channel that is always there',
})

const notifications = z.strictObject({ channels: z.record(channelName, channelSpec).default({}) })

/** As much as a name has room for (agent/intake/lineage/read-event.ts). */
const lineagePattern = z.string().min(1).max(600)
const lineageRule = z.strictObject({
  namespace: lineagePattern.default('*'),
  name: lineagePattern,
  brand: z.string().min(1).max(200),
  dataset: identifier,
})

export const catalogFileSchema = z.strictObject({
  extends: z.enum(['marketing', 'none']).default('marketing'),
  datasets: z.record(identifier, dataset).default({}),
  job_types: z.record(identifier, jobType).default({}),
  pages: z.record(identifier, page).default({}),
  connections: z.record(identifier, connectionSpec).default({}),
  credentials: z.record(identifier, credential).default({}),
  http: z.strictObject({ allow_hosts: z.array(allowedHost).max(1_000).default([]) }).default({ allow_hosts: [] }),
  notifications: notifications.default({ channels: {} }),
  /** What names of OpenLineage mean; `*` stands for anything. */
  lineage: z.array(lineageRule).max(10_000).default([]),
  /** Checked by agent/config.ts, against its own table. */
  settings: z.record(z.string(), z.json()).default({}),
})

export type CatalogContent = z.output<typeof catalogFileSchema>
export type CatalogInput = z.input<typeof catalogFileSchema>
export type DatasetEntry = CatalogContent['datasets'][string]
export type JobTypeEntry = CatalogContent['job_types'][string]
export type StepEntry = NonNullable<JobTypeEntry['steps']>[number]
export type PageEntry = CatalogContent['pages'][string]
