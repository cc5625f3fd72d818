import type { RunStepRow } from '../../shared/contract/runs.ts'
import { formatDuration } from '../../shared/duration.ts'
import { useNow } from '../client/now.tsx'
import { stateOfWord } from '../details/run/run-words.ts'
import { type StateName, stateHue } from './state-mark.tsx'
import classes from './step-gantt.module.css'

export interface StepGanttProps {
  readonly step: RunStepRow
  /** Of the run: the left edge. */
  readonly startedAt: Date | null
  /** Of the run: the right edge; null = it goes on. */
  readonly completedAt: Date | null
}

export interface Extent {
  /** Parts of the run's time, 0 to 1. */
  readonly from: number
  readonly to: number
}

/** Where a step lies within its run; null when it never started. Clocks of other programs may put it outside: then it is cut. */
export function extentOf(step: Pick<RunStepRow, 'startedAt' | 'completedAt'>, from: Date, to: Date): Extent | null {
  if (step.startedAt === null) return null
  const length = Math.max(to.getTime() - from.getTime(), 1)
  const part = (at: Date): number => Math.min(Math.max((at.getTime() - from.getTime()) / length, 0), 1)
  const start = part(step.startedAt)
  const end = step.completedAt === null ? 1 : part(step.completedAt)
  if (Number.isNaN(start) || Number.isNaN(end)) return null
  return { from: start, to: Math.max(end, start) }
}

/** When a step ran within its run. A step that is not fatal is drawn as an outline: it could not fail the run. */
export function StepGantt({ step, startedAt, completedAt }: StepGanttProps) {
  const isRunning = completedAt === null
  const now = useNow(isRunning ? 1_000 : 15_000)
  const to = completedAt ?? now
  const extent = startedAt === null ? null : extentOf(step, startedAt, to)
  const state: StateName = stateOfWord(step.status).state
  const ms =
    step.startedAt === null ? null : Math.max((step.completedAt ?? now).getTime() - step.startedAt.getTime(), 0)
  return (
    <span className={classes['track']} aria-hidden={extent === null || undefined}>
      {extent !== null && (
        <span
          role="img"
          aria-label={ms === null ? 'not started' : `took ${formatDuration(ms)}`}
          className={classes['bar']}
          data-hue={stateHue(state)}
          data-fatal={step.fatal}
          style={{ left: `${extent.from * 100}%`, width: `max(3px, ${(extent.to - extent.from) * 100}%)` }}
        />
      )}
    </span>
  )
}
