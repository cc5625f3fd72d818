import { oc } from '@orpc/contract'
import { z } from 'zod'
import { contractErrors } from '../contract/base.ts'
import { instant } from '../contract/words.ts'
import { desktopSettings } from './settings.ts'

/**
 * What the console asks of the desktop around it, through a port of its own. It is there before the agent is, and when there is none.
 * Secrets go in and never come out.
 */

/** `setup`: somebody has to decide first. `failed`: it did not start, and does not try again by itself. */
export const agentStates = ['setup', 'starting', 'serving', 'failed', 'stopping'] as const
export type DesktopAgentState = (typeof agentStates)[number]

const problem = z.object({ message: z.string(), fix: z.string().nullable() })
export type DesktopProblem = z.infer<typeof problem>

/** How well the system keeps secrets. `none`: anybody who can read the file can read them. `unavailable`: it keeps none at all. */
export const protections = ['system', 'none', 'unavailable'] as const
export type Protection = (typeof protections)[number]

/** `unknown`: this system does not say. */
export const powerSources = ['mains', 'battery', 'unknown'] as const
export type PowerSource = (typeof powerSources)[number]

export const desktopStatus = z.object({
  agent: z.enum(agentStates),
  /** Another one with each start: a port belongs to one of them. */
  generation: z.number().int(),
  problem: problem.nullable(),
  /** Something about this device that a person should know, in whole sentences. */
  notices: z.array(z.string()),
  settings: desktopSettings,
  /** Whether a URL of a database is kept, and how well. */
  hasDatabaseUrl: z.boolean(),
  protection: z.enum(protections),
  /** Whether there is a tray to go on working in when the window is closed. */
  hasTray: z.boolean(),
  /** What this device worked on when it was looked last. */
  power: z.enum(powerSources),
  /** Why this device shows no notifications; null while it does, as far as anybody knows. */
  notificationFailure: z.string().nullable(),
  doNotDisturbUntil: instant.nullable(),
  pausedUntil: instant.nullable(),
  /** Job types that this device could run, by what it knows. */
  jobTypes: z.array(z.string()),
  /** `enabled`, `requires-approval`, `disabled`, `not-registered`, …: what the system says about starting at login. */
  loginState: z.string(),
  versions: z.object({ program: z.string(), electron: z.string(), chrome: z.string(), node: z.string() }),
  platform: z.string(),
  /** Where newer versions are. */
  /** Where newer versions are; null for a build that names no place. */
  homepage: z.string().nullable(),
})
export type DesktopStatus = z.infer<typeof desktopStatus>

const base = oc.errors(contractErrors)

const databaseUrl = z.string().trim().min(1).max(4_000)
/** `session`: forgotten when the program ends. */
const keep = z.enum(['stored', 'session'])
export type KeepSecret = z.infer<typeof keep>

const changes = desktopSettings
  .omit({ version: true, isSetUp: true, catalogFile: true })
  .partial()
  .extend({
    /** A new URL for `external`, and how it is kept; without one the present URL stays. */
    databaseUrl: z.object({ url: databaseUrl, keep }).optional(),
  })
export type SettingsChange = z.infer<typeof changes>

export const desktopContract = {
  status: base.output(desktopStatus),
  /** Connects once, changes nothing. */
  testDatabase: base
    .input(z.strictObject({ url: databaseUrl }))
    .output(
      z.discriminatedUnion('ok', [
        z.object({ ok: z.literal(true), place: z.string(), serverVersion: z.string(), notes: z.array(z.string()) }),
        z.object({ ok: z.literal(false), problem }),
      ]),
    ),
  /** Keeps what is given and, where the agent has to know, starts it anew. */
  save: base.input(changes).output(desktopStatus),
  /**
   * Lets the person choose the file that says what runs here, in a dialog of the system; `built_in` goes back to the built-in catalog. A
   * page cannot name a file: what runs is decided at this device.
   */
  chooseCatalog: base.input(z.strictObject({ from: z.enum(['dialog', 'built_in']) })).output(desktopStatus),
  /** Starts the agent anew, after it failed for instance. */
  restart: base.output(z.object({ restarted: z.literal(true) })),
  /** One notification of the system; its failure says why there is none. */
  testNotification: base.output(z.object({ failure: z.string().nullable() })),
  /** Puts what helps to understand a problem onto the clipboard, without secrets, and says what it was. */
  copyDiagnostics: base.output(z.object({ text: z.string() })),
  /** Shows the folder of the log files. */
  showLogs: base.output(z.object({ folder: z.string() })),
  setDoNotDisturb: base.input(z.strictObject({ minutes: z.number().int().min(0).max(1_440) })).output(desktopStatus),
  setPaused: base.input(z.strictObject({ minutes: z.number().int().min(0).max(1_440) })).output(desktopStatus),
}
export type DesktopContract = typeof desktopContract
