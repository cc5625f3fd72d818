import { z } from 'zod'
import { id, instant, waitedHold } from './words.ts'

/** What refreshes a dataset of a brand. */
export const refresher = z.object({
  jobId: id,
  jobName: z.string(),
  jobType: z.string(),
  status: z.string(),
  /** After the holds that it waits for; null = none is planned, or nobody can say. */
  nextRunAt: instant.nullable(),
  /** What the next run waits for; null = it waits for no hold. */
  hold: waitedHold.nullable(),
  /** Start of the run in progress; null = it does not run. */
  runningSince: instant.nullable(),
  cronExpression: z.string().nullable(),
  /** In which its times are meant; null = it runs once and names none. */
  timeZone: z.string().nullable(),
})
