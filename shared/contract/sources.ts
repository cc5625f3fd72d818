import { z } from 'zod'
import { operating, reading } from './base.ts'
import { id, instant, instantIn, reference } from './words.ts'

/** A name of another program, or a pattern: `*` stands for anything. */
const pattern = z.string().min(1).max(600)
const datasetKey = z.string().min(1).max(200)

const mapping = z.object({
  /** Null for a rule of an agent's file: it is changed there. */
  id: id.nullable(),
  namespace: z.string(),
  name: z.string(),
  brand: reference,
  dataset: z.string(),
  /** Names seen of late for which it is the rule that counts. */
  names: z.number().int(),
  changedAt: instant.nullable(),
  changedBy: z.string().nullable(),
})
export type LineageMappingRow = z.infer<typeof mapping>

const datasetName = { namespace: z.string(), name: z.string() } as const

const unmapped = z.object({
  ...datasetName,
  producer: z.string(),
  jobNamespace: z.string(),
  jobName: z.string(),
  lastEventAt: instant,
  /** Null: it was only named. */
  status: z.enum(['running', 'completed', 'failed']).nullable(),
  records: z.number().int().nullable(),
})
export type UnmappedDataset = z.infer<typeof unmapped>

/** As for routes of notifications: what is newer than what was seen is a CONFLICT. */
const seenAt = instantIn.nullable().optional()

const path = '/organizations/{organizationId}/sources/lineage'
const tags = ['sources']

export const sources = {
  /** Who reports by OpenLineage, what their names mean, and which names mean nothing yet. */
  lineage: reading
    .route({ method: 'GET', path, tags, summary: 'Who reports by OpenLineage, and what their names mean.' })
    .input(z.object({ organizationId: id }))
    .output(
      z.object({
        asOf: instant,
        /** Of the latest 5,000 runs. */
        reporters: z.array(
          z.object({
            producer: z.string(),
            jobNamespace: z.string(),
            runs: z.number().int(),
            failed: z.number().int(),
            jobs: z.number().int(),
            lastEventAt: instant,
          }),
        ),
        /** The most specific first; of the ones that fit a name the first counts. */
        mappings: z.array(mapping),
        /** Named as written, and not mapped: those named last, 200 at most. */
        unmapped: z.array(unmapped),
        /** Among the 5,000 names seen last. */
        unmappedTotal: z.number().int(),
      }),
    ),
  /** What a pattern would change, before it is saved. */
  previewMapping: reading
    .route({ method: 'GET', path: `${path}/preview`, tags, summary: 'Which names a mapping would decide.' })
    .input(z.object({ organizationId: id, mappingId: id.nullable().default(null), namespace: pattern, name: pattern }))
    .output(
      z.object({
        /** Names that fit. */
        fitting: z.number().int(),
        /** Of those: for which it would count; for others a more specific one does. */
        decided: z.number().int(),
        /** Some that it would decide, 20 at most. */
        names: z.array(z.object(datasetName)),
      }),
    ),
  /** Makes a mapping, or changes the one that `mappingId` names, and applies what was said last about the names it decides. */
  setMapping: operating
    .route({ method: 'POST', path: `${path}/mappings`, tags, summary: 'Says which dataset a name means.' })
    .input(
      z.strictObject({
        organizationId: id,
        mappingId: id.nullable().default(null),
        seenAt,
        namespace: pattern,
        name: pattern,
        brandId: id,
        dataset: datasetKey,
      }),
    )
    .output(z.object({ id, changed: z.boolean(), applied: z.number().int() })),
  /** Takes a mapping away. What its dataset has become by it stays. */
  removeMapping: operating
    .route({ method: 'DELETE', path: `${path}/mappings/{mappingId}`, tags, summary: 'Removes a mapping.' })
    .input(z.strictObject({ organizationId: id, mappingId: id, seenAt }))
    .output(z.object({ changed: z.boolean() })),
}
