import { expectedAt } from '../../../shared/outlook.ts'
import { outlookWords } from '../../../shared/outlook-words.ts'
import { useDatabaseClock, useNow } from '../../client/now.tsx'
import type { Queries } from '../../client/queries.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import { TimesInText } from '../../components/times-in-text.tsx'
import own from './readiness.module.css'

type Answer = Awaited<ReturnType<Queries['readiness']['page']['call']>>
type Item = Answer['items'][number]

/** The time as it is, though the answer was given before. */
function useTime(): Date {
  useNow()
  return useDatabaseClock().now()
}

/** When the page will be ready by itself, or until when it is and what comes then. */
export function PageOutlook({ answer: { verdict, items } }: { answer: Pick<Answer, 'verdict' | 'items'> }) {
  const now = useTime()
  const { isWarning, sentences } = outlookWords(verdict, items, now)
  if (sentences.length === 0) return null
  return (
    <div className={own['outlook']} data-warning={isWarning || undefined}>
      {isWarning && <StateMark state="at_risk" size={16} />}
      <div>
        {sentences.map((sentence) => (
          <p key={sentence}>
            <TimesInText text={sentence.slice(0, 1_000)} />
          </p>
        ))}
      </div>
    </div>
  )
}

/** When a dataset goes stale, or is expected to be fresh; nothing where nobody can say, and of a time that has passed. */
export function ItemOutlook({ item: { state, staleAt, refresh } }: { item: Item }) {
  const now = useTime()
  const at = state === 'fresh' ? staleAt : expectedAt(refresh, now)
  if (at === null || at <= now) return null
  return (
    <div className={own['expected']}>
      {state === 'fresh' ? 'stale' : 'expected'} <Age at={at} />
    </div>
  )
}
