import type { Clock } from '../../shared/clock.ts'
import type { JsonObject, LogLevel } from '../../shared/domain.ts'
import { logLevels } from '../../shared/domain.ts'

/** One thing that happened, for people and for programs that read logs. */
export interface LogEntry {
  readonly level: LogLevel
  /** Stable name of what happened: `run_started`, `database_ready`. */
  readonly event: string
  /** In words, complete without the fields. */
  readonly message: string
  readonly fields?: JsonObject
}

export type Log = (entry: LogEntry) => void

/** Nothing below `least`; `mask` sees every text before it is written. */
export function createLog(options: {
  readonly least: LogLevel
  readonly mask: (text: string) => string
  readonly write: (entry: LogEntry) => void
}): Log {
  const threshold = logLevels.indexOf(options.least)
  return (entry) => {
    if (logLevels.indexOf(entry.level) < threshold) return
    options.write({ ...entry, message: options.mask(entry.message) })
  }
}

/** One JSON document on one line; times are UTC. */
export function jsonLine({ level, event, message, fields = {} }: LogEntry, clock: Clock): string {
  return JSON.stringify({ time: clock.now().toISOString(), level, event, message, ...fields })
}

/** Something that took its time is done: "Schema is current · 12 ms". */
export function doneIn(log: Log, elapsedMs: number, { event, what }: { event: string; what: string }): void {
  const durationMs = Math.round(elapsedMs)
  const time = durationMs < 1_000 ? `${durationMs} ms` : `${(durationMs / 1_000).toFixed(1)} s`
  log({ level: 'info', event, message: `${what} · ${time}`, fields: { duration_ms: durationMs } })
}
