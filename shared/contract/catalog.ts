import { z } from 'zod'
import { reading } from './base.ts'
import { due, id, instant, jsonObject } from './words.ts'

/** Null = the catalog names none. */
export const ownership = {
  /** A team or a person. */
  owner: z.string().nullable(),
  /** Where it is written what to do: an address that begins with https:// or http://. */
  runbook: z.string().nullable(),
} as const

export const catalogJobType = z.object({
  key: z.string(),
  label: z.string(),
  description: z.string().nullable(),
  /** JSON Schema of its parameters: what forms are made from. */
  parameters: jsonObject,
  steps: z.array(
    z.object({ key: z.string(), dataset: z.string().nullable(), fatal: z.boolean(), when: z.string().nullable() }),
  ),
  /** What the catalog suggests for new schedules; without a time zone that of the agent. Null = nothing. */
  cadence: z.object({ cron: z.string(), timeZone: z.string().nullable() }).nullable(),
  /** Which parameters say what days a run covers, and how many days that may be; null = it cannot be backfilled. */
  backfill: z.object({ from: z.string(), to: z.string().nullable(), mostDays: z.number().int() }).nullable(),
  /** A run of it may begin with the step at which another one failed. */
  resume: z.boolean(),
  ...ownership,
  /** Names of living agents that can run it; empty = nobody can (J8). */
  agents: z.array(z.string()),
  /** Somebody can run it now: one of `agents`, or another program that did so of late. */
  isRunnable: z.boolean(),
  /** What to configure so that an agent here can run it, as sentences; null when one could. */
  setUp: z.string().nullable(),
})
export type CatalogJobType = z.infer<typeof catalogJobType>

export const catalog = {
  /** What exists, as far as this process and living agents have said. */
  get: reading
    .route({ method: 'GET', path: '/catalog', tags: ['catalog'], summary: 'Job types, datasets and pages that exist.' })
    .output(
      z.object({
        jobTypes: z.array(catalogJobType),
        datasets: z.array(
          z.object({
            key: z.string(),
            label: z.string(),
            maxAgeHours: z.number().nullable(),
            /** When a maximum counts for brands that have no due time of their own; null = always. */
            due: due.nullable(),
            ...ownership,
          }),
        ),
        pages: z.array(z.object({ key: z.string(), label: z.string(), ...ownership })),
        /** Descriptions that contradict each other, as sentences. */
        conflicts: z.array(z.string()),
      }),
    ),
  agents: reading
    .route({
      method: 'GET',
      path: '/agents',
      tags: ['catalog'],
      summary: 'Agents, with what they can run and whether they live.',
    })
    .output(
      z.object({
        asOf: instant,
        agents: z.array(
          z.object({
            id,
            name: z.string(),
            host: z.string(),
            programVersion: z.string(),
            state: z.string(),
            alive: z.boolean(),
            jobTypes: z.array(z.string()),
            concurrency: z.number().int(),
            activeRuns: z.number().int(),
            startedAt: instant,
            heartbeatAt: instant,
          }),
        ),
      }),
    ),
}
