import { type KeyboardEvent, type MouseEvent, memo, useMemo } from 'react'
import { counted } from '../../components/counts.ts'
import { useShownZone } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import { type Chosen, fireInWords } from './fire-details.tsx'
import { HeldBands } from './held-bands.tsx'
import classes from './lane-chart.module.css'
import { type Fire, type Lane, nearest, type PlacedFire, placed, type Span, seen, type Tick } from './lanes.ts'

/** px */
export const laneHeight = 28
/** How near the pointer has to come, px. */
const reachPx = 12

export interface LaneRowProps {
  readonly lane: Lane
  /** px */
  readonly top: number
  readonly span: Span
  readonly hours: readonly Tick[]
  readonly chosen: Fire | null
  readonly onChoose: (chosen: Chosen | null) => void
  readonly onOpen: (fire: Fire) => void
}

/**
 * The planned runs of one brand. Hundreds of marks stand too close to be buttons of their own: the lane is one control, in which arrows
 * (or the pointer) go from run to run, and Enter (or a click) opens the job.
 */
export const LaneRow = memo(function LaneRow(props: LaneRowProps) {
  const { lane, top, span, hours, chosen, onChoose, onOpen } = props
  const { fires, rows } = useMemo(() => placed(lane.fires, span), [lane.fires, span])
  const { zone } = useShownZone(chosen?.timeZone)
  const name = lane.brand === null ? 'Platform' : lane.brand.name
  const laneId = lane.brand?.id ?? 'platform'
  const collisions = lane.fires.filter((fire) => fire.collides).length
  const index = chosen === null ? -1 : lane.fires.indexOf(chosen)
  const choose = (one: PlacedFire | null, element: Element): void =>
    onChoose(one === null ? null : { lane: laneId, fire: one.fire, place: placeOf(one, element) })
  const pointedAt = (event: MouseEvent): PlacedFire | null => {
    const box = event.currentTarget.getBoundingClientRect()
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows)
    return nearest(fires, (event.clientX - box.left) / box.width, row, reachPx / box.width)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = moves[event.key]?.(index, fires.length)
    if (to !== undefined) choose(fires[Math.min(Math.max(to, 0), fires.length - 1)] ?? null, event.currentTarget)
    else if (event.key === 'Enter' && chosen !== null) onOpen(chosen)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className={classes['lane']} style={{ transform: `translateY(${top}px)` }}>
      <span className={classes['brand']}>
        <Name text={name} />
        {collisions > 0 && (
          <span className={classes['collides']} title={counted(collisions, 'collision')}>
            <svg width="9" height="8" aria-hidden>
              <path className={classes['clash']} d="M4.5 0 9 8H0z" />
            </svg>
            {collisions}
            <span className="pm-visually-hidden"> collide</span>
          </span>
        )}
      </span>
      <div
        className={classes['track']}
        role="slider"
        tabIndex={0}
        aria-label={`${name.slice(0, 100)}: ${counted(fires.length, 'planned run')}`}
        aria-valuemin={0}
        aria-valuemax={fires.length}
        aria-valuenow={index + 1}
        aria-valuetext={chosen === null ? 'Arrows go from run to run, Enter opens the job' : fireInWords(chosen, zone)}
        onKeyDown={onKeyDown}
        onBlur={() => onChoose(null)}
        onMouseMove={(event) => choose(pointedAt(event), event.currentTarget)}
        onClick={(event) => {
          const fire = pointedAt(event)?.fire
          if (fire !== undefined) onOpen(fire)
        }}
      >
        <HeldBands brandId={lane.brand?.id ?? null} span={span} />
        <Marks fires={fires} rows={rows} hours={hours} chosen={chosen} />
      </div>
    </div>
  )
})

const moves: Readonly<Record<string, ((index: number, count: number) => number) | undefined>> = {
  ArrowRight: (index) => index + 1,
  ArrowLeft: (index) => index - 1,
  Home: () => 0,
  End: (_index, count) => count - 1,
}

/** Below the lane, on the side of the mark that has more room. */
function placeOf({ left, width }: PlacedFire, track: Element): Chosen['place'] {
  const box = track.getBoundingClientRect()
  const chart = track.closest('[data-lanes]')?.getBoundingClientRect() ?? box
  const x = box.left + (left + width / 2) * box.width
  const top = box.bottom - chart.top + 4
  return x > chart.left + chart.width / 2 ? { top, right: chart.right - x } : { top, left: x - chart.left }
}

function Marks(props: { fires: readonly PlacedFire[]; rows: number; hours: readonly Tick[]; chosen: Fire | null }) {
  const { fires, rows, hours, chosen } = props
  const room = laneHeight - 6
  const height = rows === 1 ? 12 : Math.floor(room / rows) - 1
  const marks = useMemo(() => seen(fires), [fires])
  const pointed = fires.find(({ fire }) => fire === chosen)
  return (
    <svg aria-hidden>
      {hours.map(({ at, left }) => (
        <line key={at} className={classes['grid']} x1={`${left * 100}%`} x2={`${left * 100}%`} y1="0" y2="100%" />
      ))}
      {(pointed === undefined ? marks : [...marks, pointed]).map(({ fire, left, width, row }, place) => {
        const y = rows === 1 ? (laneHeight - height) / 2 : 3 + row * (height + 1)
        // What is pointed at lies over the others.
        const key = place === marks.length ? 'pointed' : `${fire.jobId} ${fire.at.getTime()}`
        const x = `${left * 100}%`
        return (
          <g key={key}>
            <rect
              className={classes[place === marks.length ? 'chosen' : 'run']}
              x={x}
              y={y}
              // At least wide enough to be seen and pointed at.
              style={{ width: `max(4px, ${width * 100}%)` }}
              height={height}
              rx="2"
            />
            {fire.collides && (
              <svg x={x} y={y - 2} overflow="visible">
                <path className={classes['clash']} d={`M0 ${-2} 6 ${height + 3}H-6z`} />
              </svg>
            )}
          </g>
        )
      })}
    </svg>
  )
}
