import type { ReactNode } from 'react'
import type { RunFilterInput } from '../../../shared/contract/runs.ts'
import { AnswerLine } from '../../components/answer-line.tsx'
import { absoluteText, useShownZone } from '../../components/time.tsx'
import { customBounds, ranges } from '../../components/time-range.ts'
import { answerOf, type RunCounts } from './answer.ts'
import classes from './run-history.module.css'
import { useMostFailed } from './use-runs.ts'

export interface RunAnswerProps {
  readonly input: RunFilterInput
  /** As it stands in the URL. */
  readonly range: string
  /** Of the summary: the one before, until what is asked now is answered. */
  readonly answeredRange: string
  readonly summary: (RunCounts & { readonly searchedBackTo: Date | null }) | null
  /** The question failed, as is said below. */
  readonly isUnknown: boolean
  readonly actions: ReactNode
}

/** The sentence an operator would say. */
export function RunAnswer({ input, range, answeredRange, summary, isUnknown, actions }: RunAnswerProps) {
  const { zone } = useShownZone()
  const most = useMostFailed(input, range, summary?.byResult.failed ?? null)
  return (
    <AnswerLine isLoading={summary === null && !isUnknown} actions={actions}>
      {summary === null && 'How many runs there are is not known.'}
      {summary !== null && (
        <bdi>{answerOf(summary, rangeWords(answeredRange, zone), range === answeredRange ? most : null)}</bdi>
      )}
      {summary !== null && summary.searchedBackTo !== null && (
        <span className={classes['aside']}>
          Searching logs takes long: these are the runs since {absoluteText(summary.searchedBackTo, zone)}.
        </span>
      )}
    </AnswerLine>
  )
}

/** "in the last 24 h", "between … and …". */
function rangeWords(range: string, zone: string): string {
  const named = ranges.find(({ value }) => value === range)
  if (named !== undefined) return `in the ${named.label.toLowerCase().replace(' hours', ' h')}`
  const bounds = customBounds(range)
  if (bounds === null) return ''
  const [from, to] = [bounds.from, bounds.to].map((iso) => (iso === null ? null : absoluteText(new Date(iso), zone)))
  return to === null ? `since ${from}` : `between ${from} and ${to}`
}
