import { z } from 'zod'
import { settingsSections } from '../settings-document/sections.ts'
import { administering, reading } from './base.ts'
import { id, json, jsonObject } from './words.ts'

const section = z.enum(settingsSections)
/** Which thing it is, and what was seen of it; as a plan gave them out. */
const shown = { id: z.string().min(1).max(64), seen: z.string().min(1).max(64) } as const

const wanted = {
  organizationId: id,
  /** YAML or JSON of the form `pipeline-manager/v1`. A body of 1 MB at most is read; `pm apply` reads 4 MB. */
  text: z.string().min(1).max(1_048_576),
  /** Shown in what is said of the text. */
  fileName: z.string().min(1).max(200).default('settings'),
  /** Takes away what the document does not name, in the sections that it has; never a brand. */
  prune: z.boolean().default(false),
  /** Makes brands that are not there; otherwise they are refused. */
  createBrands: z.boolean().default(false),
} as const

const change = z.object({
  ...shown,
  section,
  /** As a person calls it. */
  title: z.string(),
  action: z.enum(['add', 'change', 'remove']),
  /** As JSON; null = it is not there. Parts of mappings by their path: `parameters.days`. */
  fields: z.array(z.object({ field: z.string(), from: json, to: json })),
})
export type SettingsChange = z.infer<typeof change>

const path = '/organizations/{organizationId}/settings'
const tags = ['settings']

/** The settings of an organization as a document, and a document as its settings. */
export const settings = {
  /** Nothing that differs between two exports of the same settings is in it. */
  export: reading
    .meta({ scope: 'read', gated: true, withoutDatabase: 'asked' })
    .route({ method: 'GET', path, tags, summary: 'The settings of an organization as a document, YAML and JSON.' })
    .input(
      z.object({
        organizationId: id,
        /** Names; none = all, and what is about no single brand. */
        brands: z.array(z.string().min(1).max(500)).max(1_000).default([]),
        /** None = all but `platform_schedules`, which are for administrators of all organizations. */
        only: z.array(section).max(settingsSections.length).default([]),
      }),
    )
    .output(
      z.object({
        document: jsonObject,
        yaml: z.string(),
        settings: z.number().int(),
        /** What it does not say. */
        notes: z.array(z.string()),
      }),
    ),
  /** Changes nothing. What is wrong with the document is one INVALID_INPUT that lists all of it, each with line and column. */
  plan: administering
    .route({
      method: 'POST',
      path: `${path}/plan`,
      tags,
      summary: 'What it takes to make the settings as a document says.',
      successStatus: 200,
    })
    .input(z.strictObject(wanted))
    .output(
      z.object({
        changes: z.array(change),
        same: z.number().int(),
        /** There, not named by the document, and left as they are. */
        unnamed: z.number().int(),
        notes: z.array(z.string()),
      }),
    ),
  /** Does what a plan has shown, and nothing else; each change answers for itself, in the order of the request. */
  apply: administering
    .route({
      method: 'POST',
      path: `${path}/apply`,
      tags,
      summary: 'Makes the settings as a document says, as far as a plan has shown it.',
      successStatus: 200,
    })
    .input(z.strictObject({ ...wanted, changes: z.array(z.strictObject(shown)).max(20_000) }))
    .output(
      z.object({
        results: z.array(
          z.object({
            id: z.string(),
            /** `unchanged`: it was so by then. `refused`: also what somebody changed after the plan was shown. */
            outcome: z.enum(['applied', 'unchanged', 'refused']),
            message: z.string(),
            /** A stable error code; null unless it was refused. */
            refused: z.string().nullable(),
          }),
        ),
        applied: z.number().int(),
        refused: z.number().int(),
        /** To be changed by now, and not shown: nothing was done about them. */
        notShown: z.number().int(),
      }),
    ),
}
