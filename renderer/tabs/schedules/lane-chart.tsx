import { Skeleton } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useCallback, useMemo, useRef, useState } from 'react'
import { usePlace, useSearchParameters } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { useFollowClock, useNow } from '../../client/now.tsx'
import { counted } from '../../components/counts.ts'
import { Failure } from '../../components/failure.tsx'
import { timeOfDayText, useShownZone } from '../../components/time.tsx'
import { useIsNarrow } from '../../components/use-is-narrow.ts'
import { useStoredHolds } from '../../holds/use-holds.ts'
import { type Chosen, FireDetails } from './fire-details.tsx'
import { LaneRow, laneHeight } from './lane.tsx'
import classes from './lane-chart.module.css'
import { type Fire, type Span, spanOf, stepOf, type Tick, type Timeline, ticks, timelineOf } from './lanes.ts'

/** The window has to move on also when nothing changes, ms. */
const refreshMs = 5 * 60_000

/** The coming 24 hours: one lane for each brand, each planned run as long as it usually takes, and where they collide. */
export function LaneChart({ onOpen }: { onOpen: (fire: Fire) => void }) {
  const place = usePlace()
  const [parameters, change] = useSearchParameters()
  const isOpen = parameters.get('chart') !== 'hidden'
  const timeline = useQuery(
    useQueries().schedules.timeline.queryOptions({
      input: { ...place, hours: 24 },
      enabled: isOpen,
      placeholderData: keepPreviousData,
      refetchInterval: refreshMs,
      select: timelineOf,
    }),
  )
  useFollowClock(timeline.data?.asOf)
  const Chevron = isOpen ? IconChevronDown : IconChevronRight
  return (
    <section className={classes['chart']} aria-label="Next 24 hours">
      <div className={classes['head']}>
        <button
          type="button"
          className={classes['toggle']}
          aria-expanded={isOpen}
          onClick={() => change({ chart: isOpen ? 'hidden' : null }, { replace: true })}
        >
          <Chevron size={14} aria-hidden /> Next 24 hours
        </button>
        {isOpen && timeline.data !== undefined && <Legend timeline={timeline.data} />}
      </div>
      {isOpen && timeline.error !== null && <Failure error={timeline.error} onRetry={() => void timeline.refetch()} />}
      {isOpen && timeline.isPending && <Skeleton h={84} mb={8} />}
      {isOpen && timeline.data?.truncated === true && (
        <Cut timeline={timeline.data} isOfOneBrand={place.brandId !== null} />
      )}
      {isOpen && timeline.data !== undefined && <Lanes timeline={timeline.data} onOpen={onOpen} />}
    </section>
  )
}

function Legend({ timeline }: { timeline: Timeline }) {
  const collisions = timeline.lanes.reduce((sum, lane) => sum + lane.fires.filter((fire) => fire.collides).length, 0)
  const runs = runsIn(timeline)
  const until = useUntil(timeline)
  const isHeld = useStoredHolds().some(
    ({ endedAt, startsAt, endsAt }) =>
      endedAt === null && startsAt < timeline.until && (endsAt === null || endsAt > timeline.asOf),
  )
  return (
    <div className={classes['legend']}>
      <span>
        <svg width="16" height="8" aria-hidden>
          <rect className={classes['run']} width="16" height="8" rx="2" />
        </svg>
        {timeline.truncated ? 'the first ' : ''}
        {counted(runs, 'planned run')}, drawn as long as they usually take
      </span>
      <span>
        <svg width="10" height="9" aria-hidden>
          <path className={classes['clash']} d="M5 0 10 9H0z" />
        </svg>
        {collisions === 0 ? 'no collisions' : counted(collisions, 'collision')}
        {timeline.truncated && ` until ${until}`}
      </span>
      {isHeld && (
        <span>
          <svg width="16" height="8" aria-hidden>
            <rect className={classes['heldMark']} width="16" height="8" />
          </svg>
          held: nothing starts
        </span>
      )}
    </div>
  )
}

function runsIn({ lanes }: Timeline): number {
  return lanes.reduce((sum, lane) => sum + lane.fires.length, 0)
}

/** "2:05 PM" */
function useUntil({ until, asOf }: Timeline): string {
  const { zone } = useShownZone()
  return timeOfDayText(until, asOf, zone)
}

/** An empty rest of the night would look like a good time for something. */
function Cut({ timeline, isOfOneBrand }: { timeline: Timeline; isOfOneBrand: boolean }) {
  const until = useUntil(timeline)
  return (
    <p className={classes['cut']}>
      Shown until {until} only: more than {counted(runsIn(timeline), 'run')} are planned, too many to draw.
      {!isOfOneBrand && ' Choose a brand to see more of its night.'}
    </p>
  )
}

function Lanes({ timeline, onOpen }: { timeline: Timeline; onOpen: (fire: Fire) => void }) {
  const { lanes, truncated } = timeline
  const { zone } = useShownZone()
  const body = useRef<HTMLDivElement>(null)
  const scroller = useRef<HTMLDivElement>(null)
  const isNarrow = useIsNarrow(body, 620)
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const { from, until } = spanOf(timeline)
  const span = useMemo<Span>(() => ({ from, until }), [from, until])
  const hours = useMemo(() => ticks(span, zone, stepOf(span, isNarrow ? 3 : 9)), [span, zone, isNarrow])
  const virtualizer = useVirtualizer({
    count: lanes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => laneHeight,
    overscan: 6,
  })
  const choose = useCallback(
    (next: Chosen | null) => setChosen((before) => (before?.fire === next?.fire ? before : next)),
    [],
  )
  if (lanes.length === 0)
    return <p className={classes['foot']}>Nothing is planned for the coming 24 hours. Active schedules show here.</p>
  return (
    <div ref={body} data-lanes className={classes['body']} onMouseLeave={() => setChosen(null)}>
      <Axis hours={hours} zone={zone} />
      <div ref={scroller} className={classes['scroller']} onScroll={() => setChosen(null)}>
        <div className={classes['lanes']} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const lane = lanes[index]
            return lane === undefined ? null : (
              <LaneRow
                key={lane.brand?.id ?? 'platform'}
                lane={lane}
                top={start}
                span={span}
                hours={hours}
                chosen={chosen !== null && chosen.lane === (lane.brand?.id ?? 'platform') ? chosen.fire : null}
                onChoose={choose}
                onOpen={onOpen}
              />
            )
          })}
        </div>
      </div>
      {truncated && <Unknown span={span} from={timeline.until.getTime()} />}
      <NowLine span={span} />
      {chosen !== null && <FireDetails chosen={chosen} />}
    </div>
  )
}

function Axis({ hours, zone }: { hours: readonly Tick[]; zone: string }) {
  const [time, day] = useMemo(
    () => [
      new Intl.DateTimeFormat(undefined, { timeZone: zone, hour: '2-digit', minute: '2-digit' }),
      new Intl.DateTimeFormat(undefined, { timeZone: zone, weekday: 'short', day: 'numeric' }),
    ],
    [zone],
  )
  return (
    <div className={classes['axis']} aria-hidden>
      {hours.map(({ at, left, hour }) => (
        <span
          key={at}
          style={{ left: `${left * 100}%` }}
          data-edge={left < 0.03 ? 'left' : left > 0.97 ? 'right' : undefined}
          data-midnight={hour === 0 || undefined}
        >
          {hour === 0 ? day.format(at) : time.format(at)}
        </span>
      ))}
    </div>
  )
}

/** Lies over the lanes, and is not in the way of the pointer. */
function Over({ children }: { children: ReactNode }) {
  return (
    <div style={{ position: 'absolute', inset: '18px 20px 8px var(--label)', pointerEvents: 'none' }} aria-hidden>
      {children}
    </div>
  )
}

/** Where more runs are planned than are told. */
function Unknown({ span, from }: { span: Span; from: number }) {
  const left = (from - span.from) / (span.until - span.from)
  // The last mark is as wide as the narrowest one.
  return (
    <Over>
      <div className={classes['unknown']} style={{ left: `calc(${left * 100}% + 4px)` }} />
    </Over>
  )
}

/** Moves on its own, so that nothing else has to be drawn again. */
function NowLine({ span: { from, until } }: { span: Span }) {
  const at = (useNow().getTime() - from) / (until - from)
  if (at < 0 || at > 1) return null
  return (
    <Over>
      <div className={classes['now']} style={{ left: `${at * 100}%` }} />
    </Over>
  )
}
