import type { Clock } from '../../shared/clock.ts'
import type { ConnectionSupervisor } from '../connection/supervisor.ts'
import { DatabaseChanges } from '../console/database-changes.ts'
import { IncidentEvaluator } from '../incidents/evaluator.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import type { Leadership } from '../leader/leadership.ts'
import type { AgentEvent } from '../scheduler/events.ts'
import type { Settings } from '../settings/definitions.ts'
import type { Connection } from './connect.ts'
import { isWatching, openHeartbeat } from './dead-man-heartbeat.ts'
import type { Log } from './log.ts'

export interface OpenIncidents {
  /** What the agent of this process says; hints come sooner this way, and also through a pooler without LISTEN. */
  readonly hear: (event: AgentEvent) => void
  /** Complete when it resolves; safe twice. */
  stop(): Promise<void>
}

/** A listener that is there for months, beside those of consoles: it proves itself seldom, so that an idle agent stays idle. ms */
const pace = { beatMs: 180_000, pollMs: 30_000, lingerMs: 0 }

const hints: ReadonlySet<AgentEvent['type']> = new Set(['run_ended', 'run_lost', 'run_recovered', 'job_skipped'])

/** The evaluation of this process; it works while this process leads. And its heartbeat, where one is set. Started already. */
export function openIncidents(options: {
  readonly connection: Connection
  readonly supervisor: ConnectionSupervisor
  readonly leadership: Leadership
  readonly agentId: string
  /** Of the agent in this process. */
  readonly catalog: Catalog
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
  /** Whether the agent would claim, and its database answers. */
  readonly isReady: () => Promise<boolean>
  /** When the agent's dispatch last went through a round, by the monotonic clock, ms; null = not yet. */
  readonly dispatchedAt: () => number | null
}): OpenIncidents {
  const { connection, supervisor, leadership, agentId, catalog, settings, clock, log, isReady } = options
  const { url, database } = connection
  const applicationName = `pipeline-manager incidents ${settings.agentName}`
  const changes = new DatabaseChanges({ url: () => url, supervisor, applicationName, database, clock, pace })
  let led = clock.monotonic()
  let evaluated = led
  const unsubscribe = leadership.subscribe(() => {
    led = clock.monotonic()
  })
  const evaluator = new IncidentEvaluator({
    database,
    leadership,
    changes,
    clock,
    catalog,
    agentId,
    aliveSeconds: settings.leaseSeconds,
    onTrouble: (message) => log({ level: 'warn', event: 'incidents_trouble', message }),
    onRound: () => {
      evaluated = clock.monotonic()
    },
  })
  evaluator.start()
  const isWell = () =>
    isWatching({
      isReady,
      isLeader: leadership.isLeader,
      aliveAt: Math.max(led, evaluated),
      dispatchedAt: Math.max(led, options.dispatchedAt() ?? led),
      clock,
    })
  const heartbeat = openHeartbeat({ settings, catalog, log, isWell })
  return {
    hear: ({ type }) => {
      if (hints.has(type)) evaluator.touch()
    },
    stop: async () => {
      unsubscribe()
      await heartbeat?.stop()
      await evaluator.stop()
      await changes.stop()
    },
  }
}
