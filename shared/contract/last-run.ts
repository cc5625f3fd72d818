import { z } from 'zod'
import { id, instant, runProblem, runStatus } from './words.ts'

/** How the last run of a job ended. */
export const lastRun = z.object({
  id,
  status: runStatus,
  /** Of a failed one: `outcome_unknown` asks a person, so bulk retries leave the job out. */
  problem: runProblem.nullable(),
  finishedAt: instant.nullable(),
  durationMs: z.number().nullable(),
})
