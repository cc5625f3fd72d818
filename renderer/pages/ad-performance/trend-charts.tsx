import { useElementSize } from '@mantine/hooks'
import { linePath, niceCeiling } from '../../components/line-path.ts'
import classes from './ad-performance.module.css'
import { daysText, moneyText, ratioText } from './figures.ts'

interface Day {
  readonly day: string
  readonly spend: number
  readonly revenue: number
}

interface Line {
  readonly name: string
  readonly values: readonly (number | null)[]
  readonly kind: 'strong' | 'light'
}

const height = 80

/** What each day cost and brought in, and what that makes. */
export function TrendCharts({ days, currency }: { days: readonly Day[]; currency: string | null }) {
  return (
    <div className={classes['charts']}>
      <Chart
        title="Money per day"
        days={days}
        lines={[
          { name: 'revenue', values: days.map(({ revenue }) => revenue), kind: 'strong' },
          { name: 'spend', values: days.map(({ spend }) => spend), kind: 'light' },
        ]}
        valueText={(value) => moneyText(value, currency)}
      />
      <Chart
        title="ROAS per day"
        days={days}
        lines={[
          {
            name: 'ROAS',
            values: days.map(({ spend, revenue }) => (spend > 0 ? revenue / spend : null)),
            kind: 'strong',
          },
        ]}
        valueText={ratioText}
      />
    </div>
  )
}

interface ChartProps {
  readonly title: string
  readonly days: readonly Day[]
  readonly lines: readonly Line[]
  readonly valueText: (value: number) => string
}

function Chart({ title, days, lines, valueText }: ChartProps) {
  const { ref, width } = useElementSize()
  const ceiling = niceCeiling(Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0))))
  const [first, last] = [days[0], days.at(-1)]
  const [since, until] = first === undefined || last === undefined ? ['', ''] : daysText(first.day, last.day)
  return (
    <figure className={classes['chart']}>
      <figcaption>
        {title}
        {lines.map((line) => (
          <span key={line.name} className="pm-dim">
            <svg width={16} height={8} style={{ display: 'inline' }} aria-hidden>
              <path d="M0 4h16" data-kind={line.kind} className={classes['line']} />
            </svg>{' '}
            {line.name}
          </span>
        ))}
      </figcaption>
      <div ref={ref}>
        <svg width={width} height={height} aria-hidden>
          {[0.5, height / 2, height - 0.5].map((y) => (
            <line key={y} x1={0} x2={width} y1={y} y2={y} className={classes['axis']} />
          ))}
          {lines.map((line) => (
            <path
              key={line.name}
              d={linePath(line.values, { width, height, ceiling })}
              data-kind={line.kind}
              className={classes['line']}
            />
          ))}
        </svg>
      </div>
      <div className={classes['ends']} aria-hidden>
        <span>{since}</span>
        <span>{ceiling > 0 && `0 to ${valueText(ceiling)}`}</span>
        <span>{until}</span>
      </div>
      <ChartTable title={title} days={days} lines={lines} valueText={valueText} />
    </figure>
  )
}

/** The same numbers for those who do not see the lines. */
function ChartTable({ title, days, lines, valueText }: ChartProps) {
  return (
    <table className="pm-visually-hidden">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">Day</th>
          {lines.map(({ name }) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {days.map(({ day }, index) => (
          <tr key={day}>
            <th scope="row">{day}</th>
            {lines.map(({ name, values }) => {
              const value = values[index] ?? null
              return <td key={name}>{value === null ? 'none' : valueText(value)}</td>
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
