import type { Clock } from '../../shared/clock.ts'
import type { LogLevel } from '../../shared/domain.ts'
import type { LogEntry } from '../application/log.ts'
import type { EventLine } from './live-status-events.ts'
import { type Color, paint } from './output/marks.ts'
import { safeLines, safeText } from './output/safe-text.ts'

export interface LineOptions {
  readonly clock: Clock
  readonly colors: boolean
  /** A person reads along: the day is known. */
  readonly isTty: boolean
}

const levelColors = {
  debug: 'gray',
  info: null,
  warn: 'yellow',
  error: 'red',
} as const satisfies Record<LogLevel, Color | null>

/** One entry as one line: time (UTC), mark, words. A stack trace keeps its lines. */
export function plainLine(entry: LogEntry & Partial<Pick<EventLine, 'mark'>>, options: LineOptions): string {
  const { clock, colors, isTty } = options
  const { level, event, message, mark } = entry
  const time = clock.now().toISOString()
  const shownTime = isTty ? time.slice(11, 19) : `${time.slice(0, 19)}Z`
  const shape = mark === undefined || mark === null ? '·' : paint(mark.shape, mark.color, colors)
  const text = event === 'unexpected_error' ? safeLines(message) : safeText(message)
  const color = levelColors[level]
  return `${paint(shownTime, 'gray', colors)} ${shape} ${color === null ? text : paint(text, color, colors)}`
}
