import { counted } from '../../components/counts.ts'
import { Name } from '../../components/untrusted.tsx'
import classes from '../page.module.css'
import own from './report.module.css'
import type { ReportSoFar } from './use-report.ts'

/** How often each page was ready at a time of day: "19 of 21". Of several brands together. */
export function ReadyTable({ report, at, on, zone }: { report: ReportSoFar; at: string; on: string; zone: string }) {
  const rows = report.pages
    .map(({ key, label }, place) => {
      const all = report.brands.map(({ readyAt }) => readyAt[place] ?? { ready: 0, of: 0 })
      const ready = all.reduce((sum, one) => sum + one.ready, 0)
      return { key, label, ready, of: all.reduce((sum, one) => sum + one.of, 0) }
    })
    .filter(({ of }) => of > 0)
  if (rows.length === 0) return null
  const title = `Ready at ${at} ${on === 'weekdays' ? 'on weekdays' : 'every day'}`
  return (
    <section className={classes['section']} aria-label={title}>
      <h2>{title}</h2>
      <p>
        By the clocks of {zone}
        {report.brands.length > 1 && `; of ${counted(report.brands.length, 'brand')} together`}.
      </p>
      <table className={`${classes['table']} ${own['ready']}`}>
        <caption className="pm-visually-hidden">Pages and how often they were ready</caption>
        <tbody>
          {rows
            .toSorted((left, right) => left.ready / left.of - right.ready / right.of)
            .map(({ key, label, ready, of }) => (
              <tr key={key}>
                <th scope="row" className={own['name']}>
                  <Name text={label} />
                </th>
                <td>
                  {ready.toLocaleString()} of {of.toLocaleString()}
                </td>
                <td>
                  <meter className={own['meter']} min={0} max={of} value={ready} aria-hidden />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  )
}
