import { styleText } from 'node:util'
import type {
  AttemptStatus,
  FreshnessState,
  JobStatus,
  ReadinessVerdict,
  RunStatus,
  StepStatus,
} from '../../../shared/domain.ts'
import type { IncidentState } from '../../../shared/incidents.ts'

export type Color = 'green' | 'yellow' | 'red' | 'blue' | 'magenta' | 'cyan' | 'gray' | 'bold'

/** A state is never colour alone: shape, word, and colour where there are colours. */
export interface Mark {
  readonly shape: string
  readonly word: string
  readonly color: Color
}

export const freshnessMarks = {
  fresh: { shape: '●', word: 'fresh', color: 'green' },
  at_risk: { shape: '◐', word: 'at risk', color: 'yellow' },
  stale: { shape: '▲', word: 'stale', color: 'red' },
  never_synced: { shape: '○', word: 'never synced', color: 'magenta' },
  no_policy: { shape: '·', word: 'no policy', color: 'gray' },
} as const satisfies Record<FreshnessState, Mark>

export const attemptMarks = {
  completed: { shape: '✔', word: 'completed', color: 'green' },
  failed: { shape: '✘', word: 'failed', color: 'red' },
  running: { shape: '◔', word: 'running', color: 'blue' },
  unknown: { shape: '?', word: 'unknown', color: 'gray' },
} as const satisfies Record<AttemptStatus, Mark>

export const runMarks = {
  pending: { shape: '○', word: 'pending', color: 'gray' },
  running: attemptMarks.running,
  completed: attemptMarks.completed,
  failed: attemptMarks.failed,
  cancelled: { shape: '⊘', word: 'cancelled', color: 'yellow' },
} as const satisfies Record<RunStatus, Mark>

export const stepMarks = {
  running: attemptMarks.running,
  completed: attemptMarks.completed,
  failed: attemptMarks.failed,
  cancelled: runMarks.cancelled,
  skipped: { shape: '–', word: 'skipped', color: 'gray' },
  unknown: attemptMarks.unknown,
} as const satisfies Record<StepStatus, Mark>

/** What somebody switches. */
export const switchMarks = {
  on: { shape: '●', word: 'on', color: 'green' },
  off: { shape: '○', word: 'off', color: 'gray' },
} as const satisfies Record<'on' | 'off', Mark>

/** What a job is at the moment; `dead` and `running` are seen, not chosen. */
export type JobState = JobStatus | 'dead' | 'running'

export const jobMarks = {
  active: { shape: '●', word: 'active', color: 'green' },
  running: attemptMarks.running,
  paused: { shape: '‖', word: 'paused', color: 'yellow' },
  completed: attemptMarks.completed,
  archived: { shape: '▣', word: 'archived', color: 'gray' },
  dead: { shape: '■', word: 'dead', color: 'red' },
} as const satisfies Record<JobState, Mark>

export const verdictMarks = {
  ready: { shape: '●', word: 'ready', color: 'green' },
  degraded: { shape: '◐', word: 'degraded', color: 'yellow' },
  not_ready: { shape: '▲', word: 'not ready', color: 'red' },
} as const satisfies Record<ReadinessVerdict, Mark>

export const incidentMarks = {
  open: { shape: '▲', word: 'open', color: 'red' },
  acknowledged: { shape: '◐', word: 'acknowledged', color: 'yellow' },
  snoozed: { shape: '◌', word: 'snoozed', color: 'gray' },
  resolved: { shape: '✔', word: 'resolved', color: 'green' },
} as const satisfies Record<IncidentState, Mark>

export const findingMarks = {
  ok: { shape: '✔', word: 'ok', color: 'green' },
  warning: { shape: '◐', word: 'warning', color: 'yellow' },
  problem: { shape: '✘', word: 'problem', color: 'red' },
} as const satisfies Record<'ok' | 'warning' | 'problem', Mark>

/** The mark of a word from the database, where older rows may hold any word at all. */
export function markFor(marks: Readonly<Record<string, Mark>>, word: string): Mark {
  return Object.hasOwn(marks, word) && marks[word] !== undefined ? marks[word] : { shape: '?', word, color: 'gray' }
}

/** Shape and word as one text. */
export function markText(mark: Mark): string {
  return `${mark.shape} ${mark.word}`
}

export function paint(text: string, color: Color, colors: boolean): string {
  // The stream was judged once, when the command began.
  return colors ? styleText(color, text, { validateStream: false }) : text
}
