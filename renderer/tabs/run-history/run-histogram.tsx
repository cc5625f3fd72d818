import { useElementSize } from '@mantine/hooks'
import { type KeyboardEvent, type PointerEvent, useId, useMemo, useState } from 'react'
import { countText } from '../../components/counts.ts'
import { absoluteText, useShownZone } from '../../components/time.tsx'
import {
  type Bucket,
  bucketInWords,
  bucketTotal,
  lengthInWords,
  rangeOfBuckets,
  resultWords,
  stacked,
} from './buckets.ts'
import { results } from './run-filters.ts'
import classes from './run-history.module.css'

export interface RunHistogramProps {
  readonly buckets: readonly Bucket[]
  readonly bucketMs: number
  /** Handed a range as the URL has it: `<ISO>..<ISO>`. */
  readonly onPick: (range: string) => void
}

interface Picked {
  readonly anchor: number
  readonly at: number
}

const height = 64

/**
 * Runs over time, stacked by result; also the range picker. Drag over it, or: arrows move, Shift extends, Enter narrows to what is
 * marked, Escape unmarks.
 */
export function RunHistogram({ buckets, bucketMs, onPick }: RunHistogramProps) {
  const { ref, width } = useElementSize()
  const { zone } = useShownZone()
  const hint = useId()
  const [picked, setPicked] = useState<Picked | null>(null)
  const [isDragging, setIsDragging] = useState(false)
  const highest = useMemo(() => Math.max(1, ...buckets.map(bucketTotal)), [buckets])
  const at = Math.min(picked?.at ?? buckets.length - 1, buckets.length - 1)
  const bucket = buckets[at]
  if (bucket === undefined) return <div ref={ref} className={classes['histogram']} />
  const step = width / buckets.length
  const indexAt = (event: PointerEvent<HTMLElement>): number => {
    const box = event.currentTarget.getBoundingClientRect()
    return Math.min(
      Math.max(Math.floor((event.clientX - box.left) / (box.width / buckets.length)), 0),
      buckets.length - 1,
    )
  }
  const apply = (range: Picked): void => {
    setPicked(null)
    onPick(rangeOfBuckets(buckets, bucketMs, range.anchor, range.at))
  }
  const words = bucketInWords(bucket, bucketMs, zone)
  return (
    <div className={classes['histogramFrame']}>
      <div
        ref={ref}
        className={classes['histogram']}
        role="slider"
        tabIndex={0}
        aria-label="Runs over time"
        aria-describedby={hint}
        aria-valuemin={1}
        aria-valuemax={buckets.length}
        aria-valuenow={at + 1}
        aria-valuetext={words}
        onKeyDown={(event) => onHistogramKey(event, { picked, at, count: buckets.length, setPicked, apply })}
        onBlur={() => setPicked(null)}
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          setIsDragging(true)
          setPicked({ anchor: indexAt(event), at: indexAt(event) })
        }}
        onPointerMove={(event) => {
          const index = indexAt(event)
          setPicked((before) => ({ anchor: isDragging && before !== null ? before.anchor : index, at: index }))
        }}
        onPointerLeave={() => {
          if (!isDragging) setPicked(null)
        }}
        onPointerUp={() => {
          setIsDragging(false)
          if (isDragging && picked !== null) apply(picked)
        }}
        onPointerCancel={() => {
          setIsDragging(false)
          setPicked(null)
        }}
      >
        <svg width={width} height={height} aria-hidden>
          {picked !== null && <Mark picked={picked} step={step} />}
          {buckets.map((one, index) => (
            <g key={one.at.getTime()} transform={`translate(${index * step} 0)`}>
              {stacked(one, highest, height - 4).map(({ result, y, size }) => (
                <rect
                  key={result}
                  x={0.5}
                  y={y + 4}
                  width={Math.max(step - 1.5, 1)}
                  height={size}
                  data-result={result}
                />
              ))}
            </g>
          ))}
          <line x1={0} x2={width} y1={height - 0.5} y2={height - 0.5} className={classes['axis']} />
        </svg>
      </div>
      <Foot
        from={buckets[0]?.at ?? bucket.at}
        to={new Date((buckets.at(-1) ?? bucket).at.getTime() + bucketMs)}
        words={picked === null ? `up to ${countText(highest)} in ${lengthInWords(bucketMs)}` : words}
      />
      <p id={hint} className="pm-visually-hidden">
        Arrows move, Shift and arrows mark a range, Enter shows only the runs of what is marked.
      </p>
    </div>
  )
}

function Foot({ from, to, words }: { from: Date; to: Date; words: string }) {
  const { zone } = useShownZone()
  return (
    <div className={classes['histogramFoot']} aria-hidden>
      <span>{absoluteText(from, zone)}</span>
      <span className={classes['histogramWords']}>{words}</span>
      <ul className={classes['results']}>
        {results.map((result) => (
          <li key={result}>
            <svg width={8} height={8}>
              <rect width={8} height={8} data-result={result} />
            </svg>
            {resultWords[result]}
          </li>
        ))}
      </ul>
      <span>{absoluteText(to, zone)}</span>
    </div>
  )
}

function Mark({ picked, step }: { picked: Picked; step: number }) {
  const [from, to] = [Math.min(picked.anchor, picked.at), Math.max(picked.anchor, picked.at)]
  return <rect x={from * step} y={0} width={(to - from + 1) * step} height={height} className={classes['marked']} />
}

interface Keys {
  readonly picked: Picked | null
  readonly at: number
  readonly count: number
  readonly setPicked: (picked: Picked | null) => void
  readonly apply: (picked: Picked) => void
}

const moves: Readonly<Record<string, ((at: number, count: number) => number) | undefined>> = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  ArrowDown: (at) => at - 1,
  ArrowUp: (at) => at + 1,
  Home: () => 0,
  End: (_at, count) => count - 1,
}

function onHistogramKey(event: KeyboardEvent, { picked, at, count, setPicked, apply }: Keys): void {
  const to = picked === null && event.key !== 'Home' ? at : moves[event.key]?.(at, count)
  if (moves[event.key] !== undefined && to !== undefined) {
    const next = Math.min(Math.max(to, 0), count - 1)
    setPicked({ anchor: event.shiftKey && picked !== null ? picked.anchor : next, at: next })
  } else if (event.key === 'Enter' && picked !== null) apply(picked)
  else if (event.key === 'Escape' && picked !== null) setPicked(null)
  else return
  event.preventDefault()
  event.stopPropagation()
}
