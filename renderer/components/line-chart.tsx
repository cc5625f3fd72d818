import { useElementSize } from '@mantine/hooks'
import type { ReactNode } from 'react'
import classes from './line-chart.module.css'
import { linePath } from './line-path.ts'

export interface ChartLine {
  readonly name: string
  /** One for each point of the chart; null = there is none, and the line breaks. */
  readonly values: readonly (number | null)[]
  readonly kind: 'strong' | 'light'
}

export interface LineChartProps {
  readonly title: string
  readonly lines: readonly ChartLine[]
  /** What the values belong to, oldest first, in words. */
  readonly points: readonly { readonly key: string; readonly name: string }[]
  /** What a point is: "Day". */
  readonly pointWord: string
  /** Value at the top of the chart; the bottom is 0. */
  readonly ceiling: number
  readonly valueText: (value: number) => string
  /** Of the plot, px. */
  readonly height: number
  /** The legend says the last value of each line. */
  readonly saysLatest?: boolean
  /** Ends the row with title and legend. */
  readonly aside?: ReactNode
  /** Below the plot. */
  readonly children?: ReactNode
}

/** Lines over one axis, as wide as there is room, and the same numbers as a table for those who do not see them. */
export function LineChart(props: LineChartProps) {
  const { title, lines, ceiling, height, valueText, saysLatest = false, aside, children } = props
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
            {line.name}
            {saysLatest && (
              <>
                , latest <strong>{latestText(line, valueText)}</strong>
              </>
            )}
          </span>
        ))}
        {aside}
      </figcaption>
      <div ref={ref} className={classes['plot']}>
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
      {children}
      <ChartTable {...props} />
    </figure>
  )
}

/** The last point with a value: "97.6 %". */
function latestText({ values }: ChartLine, valueText: (value: number) => string): string {
  const latest = values.findLast((value) => value !== null)
  return latest === undefined || latest === null ? '–' : valueText(latest)
}

function ChartTable({ title, points, pointWord, lines, valueText }: LineChartProps) {
  return (
    <table className="pm-visually-hidden">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">{pointWord}</th>
          {lines.map(({ name }) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {points.map((point, index) => (
          <tr key={point.key}>
            <th scope="row">{point.name}</th>
            {lines.map((line) => {
              const value = line.values[index] ?? null
              return <td key={line.name}>{value === null ? 'none' : valueText(value)}</td>
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
