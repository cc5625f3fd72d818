import { formatDuration } from '../../../shared/duration.ts'
import { countText } from '../../components/counts.ts'
import { type ChartLine, LineChart } from '../../components/line-chart.tsx'
import { niceCeiling } from '../../components/line-path.ts'
import { absoluteText, useShownZone } from '../../components/time.tsx'
import { completedShare, percentText } from './answer.ts'
import type { Bucket } from './buckets.ts'
import classes from './run-history.module.css'

interface RunChartsProps {
  readonly buckets: readonly Bucket[]
  /** So many runs say how long they take, drawn from all; null = all of them. */
  readonly durationsOf: number | null
}

/** How often runs complete, and how long they take, over everything that matches the filters. */
export function RunCharts({ buckets, durationsOf }: RunChartsProps) {
  const shares = buckets.map(completedShare)
  const longest = niceCeiling(Math.max(0, ...buckets.map(({ p95Ms }) => p95Ms ?? 0)))
  return (
    <div className={classes['charts']}>
      <Chart
        title="Success rate"
        buckets={buckets}
        lines={[{ name: 'completed', values: shares, kind: 'strong' }]}
        ceiling={1}
        valueText={percentText}
      />
      <Chart
        title={durationsTitle(durationsOf)}
        buckets={buckets}
        lines={[
          { name: 'p50', values: buckets.map(({ p50Ms }) => p50Ms), kind: 'strong' },
          { name: 'p95', values: buckets.map(({ p95Ms }) => p95Ms), kind: 'light' },
        ]}
        ceiling={longest}
        valueText={formatDuration}
      />
    </div>
  )
}

function durationsTitle(durationsOf: number | null): string {
  return durationsOf === null
    ? 'Duration of completed runs'
    : `Duration of ${countText(durationsOf)} completed runs, drawn from all`
}

interface ChartProps {
  readonly title: string
  readonly buckets: readonly Bucket[]
  readonly lines: readonly ChartLine[]
  readonly ceiling: number
  readonly valueText: (value: number) => string
}

function Chart({ buckets, ceiling, valueText, ...chart }: ChartProps) {
  const { zone } = useShownZone()
  return (
    <LineChart
      {...chart}
      points={buckets.map(({ at }) => ({ key: at.toISOString(), name: absoluteText(at, zone) }))}
      pointWord="From"
      ceiling={ceiling}
      valueText={valueText}
      height={96}
      saysLatest
      aside={
        <span className={classes['ceiling']} aria-hidden>
          {ceiling > 0 ? `0 to ${valueText(ceiling)}` : ''}
        </span>
      }
    />
  )
}
