import { absoluteText, useShownZone } from '../../components/time.tsx'
import { dayInWords, daysOf, shareInWords } from './band.ts'
import classes from './dataset-details.module.css'

/** How fresh it was, hour by hour, over the last 30 days: a column for each day, an hour from top to bottom. */
export function FreshnessBand({ from, hours, uptime }: { from: Date; hours: string; uptime: number | null }) {
  const { zone } = useShownZone()
  const days = daysOf(from, hours)
  return (
    <section aria-labelledby="band-title">
      <h3 id="band-title" className={classes['title']}>
        Last 30 days
        <span className="pm-dim">
          {uptime === null ? 'no policy to measure against' : `fresh for ${shareInWords(uptime)} of the time`}
        </span>
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
        <span className={classes['hour']} data-code="f" /> fresh
        <span className={classes['hour']} data-code="s" /> stale
        <span className={classes['hour']} data-code="n" /> nothing yet
      </p>
    </section>
  )
}
