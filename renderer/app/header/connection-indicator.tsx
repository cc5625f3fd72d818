import { Tooltip } from '@mantine/core'
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useClock } from '../../client/context.tsx'
import { useKeptAsOf } from '../../client/kept-as-of.ts'
import { type Connection, useConnection, useLive } from '../../client/live.tsx'
import { useNow } from '../../client/now.tsx'
import { timeOfDayText, useShownZone } from '../../components/time.tsx'
import { type ConnectionWords, connectionWords } from './connection-words.ts'
import classes from './header.module.css'

/** What the banner below the header announces is not said twice. */
const announced = {
  connecting: '',
  live: 'Live.',
  polling: 'Not live: asked anew every ten seconds.',
  limited: '',
  offline: '',
} as const

/** How old what is on screen is, always. It counts silently; only a change of the state is read out. */
export function ConnectionIndicator() {
  const words = useConnectionWords()
  const { state } = useConnection()
  return (
    <>
      <Tooltip label={words.detail} multiline maw={340}>
        <output
          className={classes['connection']}
          data-tone={words.tone}
          data-state={state}
          aria-live="off"
          tabIndex={0}
        >
          <Dot tone={words.tone} />
          <span className="pm-clip">{words.text}</span>
          <span className="pm-visually-hidden">. {words.detail}</span>
        </output>
      </Tooltip>
      <span className="pm-visually-hidden" aria-live="polite">
        {announced[state]}
      </span>
    </>
  )
}

function useConnectionWords(): ConnectionWords {
  const connection = useConnection()
  const live = useLive()
  const clock = useClock()
  const cache = useQueryClient()
  const now = useNow(1_000)
  const { zone } = useShownZone()
  const keptAsOf = useKeptAsOf()
  const forMs = forMsOf(connection, clock.monotonic(), now)
  return connectionWords({
    connection,
    silenceMs: live.silenceMs(),
    dataAgeMs: dataAgeMs(cache, clock.now()),
    forMs,
    sinceText: timeOfDayText(new Date(now.getTime() - forMs), now, zone),
    keptText: keptAsOf === null ? null : timeOfDayText(keptAsOf, now, zone),
  })
}

/** How long it has been as it is, ms. */
function forMsOf(connection: Connection, monotonic: number, now: Date): number {
  if ('since' in connection) return monotonic - connection.since
  return 'database' in connection ? now.getTime() - connection.database.since.getTime() : 0
}

/** The newest answer among those on screen; the query cache notes the machine's wall clock. */
function dataAgeMs(cache: QueryClient, now: Date): number | null {
  const answeredAt = cache
    .getQueryCache()
    .findAll({ type: 'active', predicate: ({ state }) => state.status === 'success' })
    .map(({ state }) => state.dataUpdatedAt)
  return answeredAt.length === 0 ? null : Math.max(0, now.getTime() - Math.max(...answeredAt))
}

/** Full, half, hollow: to be told apart without colour as well. */
function Dot({ tone }: { tone: ConnectionWords['tone'] }) {
  return (
    <svg width="10" height="10" viewBox="0 0 10 10" className={classes['dot']} aria-hidden>
      {tone === 'good' ? (
        <circle cx="5" cy="5" r="4" fill="currentColor" />
      ) : (
        <circle
          cx="5"
          cy="5"
          r="3.75"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeDasharray={tone === 'bad' ? '2.5 2' : undefined}
        />
      )}
      {tone === 'warning' && <path d="M1.25 5a3.75 3.75 0 0 0 7.5 0z" fill="currentColor" />}
    </svg>
  )
}
