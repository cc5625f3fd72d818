import { useElementSize } from '@mantine/hooks'
import { formatDuration } from '../../../shared/duration.ts'
import { countText } from '../../components/counts.ts'
import { linePath, niceCeiling } from '../../components/line-path.ts'
import { absoluteText, useShownZone } from '../../components/time.tsx'
import { completedShare, percentText } from './answer.ts'
import type { Bucket } from './buckets.ts'
import classes from './run-history.module.css'

interface Line {
  readonly name: string
  readonly values: readonly (number | null)[]
  readonly kind: 'strong' | 'light'
}

const height = 96

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
  readonly lines: readonly Line[]
  /** Value at the top of the chart; the bottom is 0. */
  readonly ceiling: number
  readonly valueText: (value: number) => string
}

function Chart({ title, buckets, lines, ceiling, valueText }: ChartProps) {
  const { ref, width } = useElementSize()
  return (
    <figure className={classes['chart']}>
      <figcaption>
        {title}
        {lines.map((line) => (
          <span key={line.name} className="pm-dim">
            <svg width={16} height={8} aria-hidden>
              <path d="M0 4h16" data-kind={line.kind} className={classes['line']} />
            </svg>{' '}
            {line.name}, latest <strong>{latestText(line, valueText)}</strong>
          </span>
        ))}
        <span className={classes['ceiling']} aria-hidden>
          {ceiling > 0 ? `0 to ${valueText(ceiling)}` : ''}
        </span>
      </figcaption>
      <div ref={ref} className={classes['plot']}>
        <svg width={width} height={height} aria-hidden>
          {[0, 0.5, 1].map((part) => (
            <line key={part} x1={0} x2={width} y1={edge(part)} y2={edge(part)} className={classes['axis']} />
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
      <ChartTable title={title} buckets={buckets} lines={lines} valueText={valueText} />
    </figure>
  )
}

function edge(part: number): number {
  return Math.min(Math.max(height * part, 0.5), height - 0.5)
}

/** The last bucket with a value: "97.6 %". */
function latestText({ values }: Line, valueText: (value: number) => string): string {
  const latest = values.findLast((value) => value !== null)
  return latest === undefined || latest === null ? '–' : valueText(latest)
}

/** The same numbers for those who do not see the lines. */
function ChartTable({ title, buckets, lines, valueText }: Omit<ChartProps, 'ceiling'>) {
  const { zone } = useShownZone()
  return (
    <table className="pm-visually-hidden">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">From</th>
          {lines.map(({ name }) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {buckets.map((bucket, index) => (
          <tr key={bucket.at.getTime()}>
            <th scope="row">{absoluteText(bucket.at, zone)}</th>
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
