import { type ChartLine, LineChart } from '../../components/line-chart.tsx'
import { niceCeiling } from '../../components/line-path.ts'
import classes from './ad-performance.module.css'
import { daysText, moneyText, ratioText } from './figures.ts'

interface Day {
  readonly day: string
  readonly spend: number
  readonly revenue: number
}

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
  readonly lines: readonly ChartLine[]
  readonly valueText: (value: number) => string
}

function Chart({ title, days, lines, valueText }: ChartProps) {
  const ceiling = niceCeiling(Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0))))
  const [first, last] = [days[0], days.at(-1)]
  const [since, until] = first === undefined || last === undefined ? ['', ''] : daysText(first.day, last.day)
  return (
    <LineChart
      title={title}
      lines={lines}
      points={days.map(({ day }) => ({ key: day, name: day }))}
      pointWord="Day"
      ceiling={ceiling}
      valueText={valueText}
      height={80}
    >
      <div className={classes['ends']} aria-hidden>
        <span>{since}</span>
        <span>{ceiling > 0 && `0 to ${valueText(ceiling)}`}</span>
        <span>{until}</span>
      </div>
    </LineChart>
  )
}
