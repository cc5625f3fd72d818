import { z } from 'zod'
import { mostAlertAfter } from '../retry.ts'
import { priority } from './jobs.ts'
import { catchUpPolicy, overlapPolicy } from './words.ts'

export const cadence = { cron: z.string().min(1).max(1_000), timeZone: z.string().min(1).max(100) } as const
/** At most one run with a key is going at any time; null = the usual key, of brand and job type. */
const concurrencyKey = z.string().trim().min(1).max(200).nullable()
/** How a job behaves; absent = as it is, for a new one the usual. */
export const rules = {
  priority: priority.optional(),
  overlapPolicy: overlapPolicy.optional(),
  catchUpPolicy: catchUpPolicy.optional(),
  maxRetries: z.number().int().min(0).max(100).optional(),
  /** The incident of a failed run opens when so many runs in a row have failed for good. */
  alertAfter: z.number().int().min(1).max(mostAlertAfter).optional(),
  timeoutMinutes: z.number().int().min(1).max(1_440).nullable().optional(),
  concurrencyKey: concurrencyKey.optional(),
} as const
