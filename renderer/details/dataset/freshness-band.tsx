import { Fragment } from 'react'
import { absoluteText, useShownZone } from '../../components/time.tsx'
import { bandStates, dayInWords, daysOf, uptimeInWords } from './band.ts'
import classes from './dataset-details.module.css'

interface FreshnessBandProps {
  readonly from: Date
  readonly hours: string
  readonly uptime: number | null
  /** Null = nobody has said how old it may be. */
  readonly maxAgeHours: number | null
}

/** How fresh it was, hour by hour, over the last 30 days: a column for each day, an hour from top to bottom. */
export function FreshnessBand({ from, hours, uptime, maxAgeHours }: FreshnessBandProps) {
  const { zone } = useShownZone()
  const days = daysOf(from, hours)
  return (
    <section aria-labelledby="band-title">
      <h3 id="band-title" className={classes['title']}>
        Last 30 days
        <span className="pm-dim">{uptimeInWords(uptime, maxAgeHours)}</span>
      </h3>
      <ol className={classes['band']} aria-label={`Freshness by day. ${dayInWords(hours)} in all.`}>
        {days.map(({ at, hours: day }) => {
          const label = `From ${absoluteText(at, zone)}: ${dayInWords(day)}`
          return (
            <li key={at.getTime()} title={label}>
              <span className="pm-visually-hidden">{label}</span>
              {/* Always 24 high; a first day that is not whole starts lower. */}
              {[...day.padStart(24, ' ')].map((code, hour) => (
                <span key={hour} className={classes['hour']} data-code={code} aria-hidden />
              ))}
            </li>
          )
        })}
      </ol>
      <p className={classes['key']} aria-hidden>
        {Object.entries(bandStates)
          .filter(([code]) => (code === '-') === (maxAgeHours === null))
          .map(([code, word]) => (
            <Fragment key={code}>
              <span className={classes['hour']} data-code={code} /> {word}
            </Fragment>
          ))}
      </p>
    </section>
  )
}
