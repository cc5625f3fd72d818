import { z } from 'zod'
import { toldTransitions } from '../incidents.ts'
import { holdReasons } from './dispatch-plan.ts'

/** An incident as it is told: what was true at its transition. Instants are ISO 8601. */
const toldIncident = z.object({
  id: z.string(),
  /** A word of `incidentKinds`, or of a newer program. */
  kind: z.string(),
  severity: z.enum(['problem', 'warning']),
  transition: z.enum(toldTransitions),
  /** One sentence: what is wrong. */
  summary: z.string(),
  nextStep: z.string().nullable(),
  /** Who answers for it and where it is written what to do, as the catalog names them; null in messages of an older program. */
  owner: z.string().nullable().default(null),
  runbook: z.string().nullable().default(null),
  brand: z.string().nullable(),
  dataset: z.string().nullable(),
  job: z.string().nullable(),
  jobType: z.string().nullable(),
  agent: z.string().nullable(),
  runId: z.string().nullable(),
  openedAt: z.string(),
  resolvedAt: z.string().nullable(),
  resolution: z.string().nullable(),
  /** Open incidents that it is behind; 0 where it concerns every organization (a lost agent). */
  effects: z.number(),
  /** For how long it had been open at its transition, ms; null in messages of an older program. */
  openForMs: z.number().nullable().default(null),
  /** Of `assigned`: who is on it now, and who said so; null otherwise. */
  assignedTo: z.string().nullable().default(null),
  assignedBy: z.string().nullable().default(null),
})
export type ToldIncident = z.infer<typeof toldIncident>

const transitionCount = z.object({ transition: z.enum(toldTransitions), kind: z.string(), count: z.number() })
export type TransitionCount = z.infer<typeof transitionCount>

/** What is told, the same for every type of channel. It is kept with the delivery, so that every try says the same. */
export const notificationMessage = z.object({
  type: z.enum([...toldTransitions, 'summary', 'test']),
  title: z.string(),
  /** Null: it concerns all of them. */
  organization: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** Why it comes later than what it tells of; null: it does not. */
  heldFor: z.enum(holdReasons).nullable(),
  /** The one; of a summary the first 20, in the order in which they happened; none in a test. */
  incidents: z.array(toldIncident),
  /** All that a summary tells of, the most first. */
  counts: z.array(transitionCount),
})
export type NotificationMessage = z.infer<typeof notificationMessage>

/** Incidents that a summary names one by one. */
export const listedIncidents = 20
