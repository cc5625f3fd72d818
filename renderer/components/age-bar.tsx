import type { DatasetFacts } from '../../shared/contract/freshness.ts'
import { formatAgeLength, formatHours } from '../../shared/duration.ts'
import { useNow } from '../client/now.tsx'
import classes from './age-bar.module.css'
import { stateHue } from './state-mark.tsx'

type AgeFacts = Pick<DatasetFacts, 'freshness' | 'lastSuccessAt' | 'maxAgeHours' | 'nextRunAt'>

const hourMs = 3_600_000

/** Age against its maximum as a bar; the arrow above is when the next run starts. Half of the bar's room lies beyond the maximum once it is passed. */
export function AgeBar({ facts }: { facts: AgeFacts }) {
  const now = useNow()
  const { lastSuccessAt, maxAgeHours, nextRunAt, freshness } = facts
  if (lastSuccessAt === null) return <p className={classes['words']}>No success yet{maximumWords(maxAgeHours)}</p>
  const ageMs = Math.max(0, now.getTime() - lastSuccessAt.getTime())
  const words = `${formatAgeLength(ageMs)} old${maxAgeHours === null ? '' : ` of ${formatHours(maxAgeHours)}`}`
  if (maxAgeHours === null) return <p className={classes['words']}>{words}</p>
  const maximumMs = maxAgeHours * hourMs
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

function maximumWords(maxAgeHours: number | null): string {
  return maxAgeHours === null ? '' : `; may be ${formatHours(maxAgeHours)} old`
}
