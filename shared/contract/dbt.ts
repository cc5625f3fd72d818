import { z } from 'zod'
import { operating } from './base.ts'
import { id, json } from './words.ts'

export const dbt = {
  /** The files that dbt has written, as they are. The same again changes nothing. */
  import: operating
    .route({
      method: 'POST',
      path: '/brands/{brandId}/dbt',
      tags: ['dbt'],
      summary: 'Takes results of dbt: what was built, and how old its sources are.',
      successStatus: 200,
    })
    .input(
      z.strictObject({
        brandId: id,
        /** target/run_results.json, version v5 or v6; what is not needed may be left out. */
        runResults: json.nullable().default(null),
        /** target/sources.json, version v3. */
        sources: json.nullable().default(null),
      }),
    )
    .output(
      z.object({
        completed: z.number().int(),
        failed: z.number().int(),
        /** Tests, and what was skipped: they say nothing about a dataset. */
        left: z.number().int(),
        /** Datasets whose ages were set: the maximum from `error_after`, the warning age from `warn_after`. */
        policiesSet: z.number().int(),
        /** Datasets whose ages a person has decided otherwise; those stay. */
        policiesKept: z.array(z.string()),
        /** All of it was imported before. */
        isKnown: z.boolean(),
      }),
    ),
}
