import { z } from 'zod'
import { runOutcomes } from '../run-decision.ts'
import { id, instant, runProblem, runStatus } from './words.ts'

/** How the last run of a job ended. */
export const lastRun = z.object({
  id,
  status: runStatus,
  /** Of a failed one: `outcome_unknown` asks a person, so bulk retries leave the job out until somebody has decided. */
  problem: runProblem.nullable(),
  /** What a person has decided; null = nobody was asked, or has answered. */
  decision: z.enum(runOutcomes).nullable(),
  finishedAt: instant.nullable(),
  durationMs: z.number().nullable(),
})
