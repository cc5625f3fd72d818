import type { DatasetFacts } from '../../shared/contract/freshness.ts'
import { dueWords, maximumInShort, maximumWords } from '../../shared/due-words.ts'
import { formatAgeLength } from '../../shared/duration.ts'
import { staleMsOf } from '../../shared/freshness.ts'
import { useNow } from '../client/now.tsx'
import classes from './age-bar.module.css'
import { stateHue } from './state-mark.tsx'

type AgeFacts = Pick<DatasetFacts, 'freshness' | 'lastSuccessAt' | 'maxAgeHours' | 'due' | 'nextRunAt'>

/** Age against its maximum as a bar; the arrow above is when the next run starts. Half of the bar's room lies beyond the maximum once it is passed. */
export function AgeBar({ facts }: { facts: AgeFacts }) {
  const now = useNow()
  const { lastSuccessAt, maxAgeHours, due, nextRunAt, freshness } = facts
  if (lastSuccessAt === null) return <p className={classes['words']}>No success yet{allowedWords(facts)}</p>
  const ageMs = Math.max(0, now.getTime() - lastSuccessAt.getTime())
  const words = `${formatAgeLength(ageMs)} old${maxAgeHours === null ? '' : ` of ${maximumInShort(maxAgeHours, due)}`}`
  if (maxAgeHours === null) return <p className={classes['words']}>{words}</p>
  // With a due time it may be older than its maximum until then.
  const maximumMs = staleMsOf(lastSuccessAt.getTime(), maxAgeHours, due) - lastSuccessAt.getTime()
  const nextMs = nextRunAt === null ? null : nextRunAt.getTime() - lastSuccessAt.getTime()
  const room = Math.max(maximumMs, Math.min(Math.max(ageMs, nextMs ?? 0), maximumMs * 2))
  const share = (ms: number): string => `${Math.min(100, (ms / room) * 100).toFixed(2)}%`
  return (
    <div className={classes['age']}>
      <div className={classes['bar']} data-hue={stateHue(freshness)} aria-hidden>
        <span className={classes['fill']} style={{ width: share(ageMs) }} />
        {room > maximumMs && <span className={classes['maximum']} style={{ left: share(maximumMs) }} />}
        {nextMs !== null && nextMs > 0 && <span className={classes['next']} style={{ left: share(nextMs) }} />}
      </div>
      <p className={classes['words']}>{words}</p>
    </div>
  )
}

function allowedWords({ maxAgeHours, due }: AgeFacts): string {
  return maxAgeHours === null
    ? ''
    : `; may be ${maximumWords(maxAgeHours, null)} old${due === null ? '' : ` ${dueWords(due)}`}`
}
