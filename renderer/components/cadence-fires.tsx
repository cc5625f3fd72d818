import { useMemo } from 'react'
import { type Cadence, describeCadence, type Fire, nextFires } from '../../shared/cadence.ts'
import { formatAge } from '../../shared/duration.ts'
import { useNow } from '../client/now.tsx'
import classes from './cadence-builder.module.css'
import { absoluteText, useShownZone } from './time.tsx'

const shownCount = 5

/** What a change of the clocks does to a fire, in words beside it. */
const shifts: Readonly<Record<NonNullable<Fire['note']>, string>> = {
  dst_gap: '▲ clocks go forward: runs right after the gap',
  dst_overlap: '▲ clocks go back: this hour comes twice',
}

/** The next five fires on the clocks of the schedule's zone, with what daylight saving time does to them. */
export function CadenceFires({ cadence, title }: { cadence: Cadence; title?: string }) {
  const now = useNow()
  const { cron, timeZone } = cadence
  const fires = useMemo(() => nextFires({ cron, timeZone }, now, shownCount), [cron, timeZone, now])
  const shown = useShownZone(timeZone)
  return (
    <section className={classes['fires']} aria-label="Next fires">
      <h4>{title ?? `${describeCadence(cadence)}, ${timeZone}`}</h4>
      {fires.length === 0 ? <p className={classes['hint']}>It does not fire any more.</p> : null}
      <ol>
        {fires.map((fire) => (
          <li key={fire.at.getTime()}>
            <time dateTime={fire.at.toISOString()} className={classes['local']}>
              {fire.local}
            </time>
            <span className="pm-dim">
              {formatAge(fire.at, now)}
              {shown.zone === timeZone ? '' : ` · ${absoluteText(fire.at, shown.zone)}`}
            </span>
            {fire.note !== null && <span className={classes['shift']}>{shifts[fire.note]}</span>}
          </li>
        ))}
      </ol>
    </section>
  )
}
