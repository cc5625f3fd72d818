/**
 * Keeps what is on screen true. The agent tells which topics changed; the queries on screen that depend on them are asked again, at most
 * every half second, and an answer that is the same re-renders nothing. What the clock alone turns is told by nobody, and asked again every
 * half minute; what could not be answered, every ten seconds. Without the stream, or when nothing is heard over it any more, everything
 * on screen is asked every ten seconds.
 *
 *   connecting ── hello ──► live ── stream breaks, or is silent ──► polling ── hello ──► live
 *                             └── database event ───► offline (the agent is there, its database is not)
 *                                                     limited (it answers questions, and takes no changes)
 */
import { type Query, type QueryClient, type QueryKey, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, use, useEffect, useMemo, useSyncExternalStore } from 'react'
import type { LiveEvent, LiveTopic } from '../../shared/contract/live.ts'
import { useClient, useClock } from './context.tsx'
import { delay } from './delay.ts'
import type { Client } from './door.ts'
import { useDatabaseClock } from './now.tsx'
import { isPassing } from './queries.ts'
import { untilSilent } from './until-silent.ts'
import { pageVisibility, type Visibility } from './visibility.ts'

/** What the agent says about its database. Instants are by the database's clock. */
export type DatabaseWord = Pick<
  Extract<LiveEvent, { type: 'database' }>,
  'state' | 'cause' | 'reason' | 'fix' | 'since' | 'nextTryAt'
>

export type Connection =
  | { readonly state: 'connecting' }
  /** `note`: why changes are looked for now and then instead of heard; null while they are heard. */
  | { readonly state: 'live'; readonly note: string | null }
  /** The stream broke; everything is asked now and then until it is back. `since` by the machine's monotonic clock, ms. */
  | { readonly state: 'polling'; readonly since: number }
  | { readonly state: 'limited' | 'offline'; readonly database: DatabaseWord }

/** What people did: whatever a command turns, it is written there as well. */
const record = ['admin', 'actions']

/** First parts of query keys that depend on a topic. Total: a new topic has to say what it changes. */
export const dependents: Readonly<Record<LiveTopic, readonly (readonly string[])[]>> = {
  jobs: [
    ['jobs'],
    ['backfills'],
    ['schedules'],
    ['triggers'],
    ['freshness'],
    ['catalog'],
    ['readiness', 'page'],
    // What a run is done again with, and whether it can go on, is said of its job.
    ['runs', 'get'],
    record,
  ],
  runs: [
    ['runs'],
    ['backfills'],
    ['externalRuns'],
    ['sources'],
    ['jobs'],
    ['catalog', 'agents'],
    ['readiness', 'page'],
    record,
  ],
  datasets: [['freshness'], ['readiness'], ['ads'], ['pings', 'list'], ['pings', 'runs']],
  agents: [['catalog'], ['jobs'], ['readiness', 'page'], ['freshness', 'summary'], ['admin', 'storage']],
  // Which brands carry a group decides what is in the lists of that group.
  brands: [
    ['session'],
    ['freshness'],
    ['readiness'],
    ['jobs'],
    ['schedules'],
    ['triggers'],
    ['runs'],
    ['externalRuns'],
    ['sources'],
    ['hooks'],
    ['pings'],
    ['incidents'],
    ['ads'],
    ['report'],
    ['backfills'],
    ['holds'],
    ['notifications'],
    ['admin', 'brands'],
    record,
  ],
  // Runs and results are not named for the report: of 90 days it hardly changes by one, and it is dear to ask.
  policies: [['freshness'], ['readiness'], ['report'], ['admin', 'brands'], ['pings'], record],
  triggers: [['triggers'], record],
  hooks: [['hooks'], record],
  holds: [['holds'], record],
  features: [['session'], ['admin']],
  incidents: [['incidents'], ['notifications'], record],
  connection: [['connection']],
}

/**
 * First parts of query keys whose answers turn by the clock: data goes stale, a check is late, an agent is not heard any more; and of those
 * that no topic is told for alone: tokens are made and used, and some of what people do changes nothing else that is on screen.
 */
const turnedByClock: readonly (readonly string[])[] = [
  ['freshness'],
  ['readiness'],
  ['catalog'],
  ['holds'],
  ['pings', 'list'],
  ['admin', 'tokens'],
  record,
]

/** At most so often; the first of several changes is shown at once. */
const refreshMs = 500
const firstRefreshMs = 50
/** After the page was opened: what it shows by then was asked while the stream was on its way, and is asked once more when it is painted. */
const settledMs = 1_000
/** A page that nobody looks at lets go of its stream: a browser has six connections for all of its pages together. */
const hiddenMs = 60_000
const pollMs = 10_000
const clockTurnsMs = 30_000
const watchMs = 5_000
const retryMs = { first: 500, most: 15_000 }

export class LiveUpdates {
  readonly #client: Client
  readonly #cache: QueryClient
  readonly #monotonic: () => number
  readonly #onInstant: (asOf: Date) => void
  readonly #visibility: Visibility
  readonly #listeners = new Set<() => void>()
  #connection: Connection = { state: 'connecting' }
  /** When the last event came, by the machine's monotonic clock, ms; null before the first. */
  #heardAt: number | null = null
  #topics = new Set<LiveTopic>()
  #refreshTimer: ReturnType<typeof setTimeout> | null = null
  #refreshedAt = Number.NEGATIVE_INFINITY
  #settleTimer: ReturnType<typeof setTimeout> | null = null
  /** Until the stream was away, or its database: everything on screen has only just been asked. */
  #isJustOpened = true

  constructor(options: {
    client: Client
    cache: QueryClient
    monotonic: () => number
    onInstant: (asOf: Date) => void
    visibility?: Visibility
  }) {
    this.#visibility = options.visibility ?? pageVisibility
    this.#client = options.client
    this.#cache = options.cache
    this.#monotonic = options.monotonic
    this.#onInstant = options.onInstant
  }

  readonly connection = (): Connection => this.#connection

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Follows one organization until the returned function is called. */
  start(organizationId: string): () => void {
    const stop = new AbortController()
    void this.#every(pollMs, stop.signal, () => {
      if (this.#connection.state === 'polling') void this.#refreshAll()
      if (this.#connection.state === 'live' || this.#connection.state === 'limited') this.#askFailedAgain()
    })
    void this.#every(clockTurnsMs, stop.signal, () => {
      if (this.#connection.state === 'live' || this.#connection.state === 'limited') void this.#refresh(turnedByClock)
    })
    void this.#follow(organizationId, stop.signal)
    return () => {
      stop.abort()
      for (const timer of [this.#refreshTimer, this.#settleTimer]) if (timer !== null) clearTimeout(timer)
      this.#refreshTimer = null
      this.#settleTimer = null
    }
  }

  /** Where nobody tells of changes: no more than whether the database answers, until the returned function is called. */
  watchDatabase(): () => void {
    const stop = new AbortController()
    void this.#watch(stop.signal)
    return () => stop.abort()
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#visibility.untilVisible(signal)
      try {
        const word = await this.#client.connection.get(undefined, { signal })
        if (signal.aborted) return
        this.#hear({ ...word, type: 'database', reachable: word.state !== 'down' })
      } catch {
        if (signal.aborted) return
        this.#become({ state: 'polling', since: this.#monotonic() })
      }
      await delay(watchMs, signal)
    }
  }

  /** Not while nobody looks at the page. */
  async #every(ms: number, signal: AbortSignal, then: () => void): Promise<void> {
    while (!signal.aborted) {
      await delay(ms, signal)
      await this.#visibility.untilVisible(signal)
      if (!signal.aborted) then()
    }
  }

  async #follow(organizationId: string, signal: AbortSignal): Promise<void> {
    let waitMs = retryMs.first
    while (!signal.aborted) {
      await this.#visibility.untilVisible(signal)
      const hidden = new AbortController()
      const forget = this.#visibility.whenHiddenFor(hiddenMs, () => hidden.abort())
      try {
        const open = (until: AbortSignal) => this.#client.live.changes({ organizationId }, { signal: until })
        for await (const event of untilSilent(open, AbortSignal.any([signal, hidden.signal]))) {
          waitMs = retryMs.first
          this.#hear(event)
        }
      } catch {
        // Whatever broke it: what matters is that nobody tells us of changes any more.
      } finally {
        forget()
      }
      if (signal.aborted) return
      this.#isJustOpened = false
      if (hidden.signal.aborted) continue
      if (this.#connection.state !== 'polling') this.#become({ state: 'polling', since: this.#monotonic() })
      await delay(waitMs, signal)
      waitMs = Math.min(waitMs * 2, retryMs.most)
    }
  }

  #hear(event: LiveEvent): void {
    this.#heardAt = this.#monotonic()
    this.#onInstant(event.asOf)
    if (event.type === 'database') {
      if (!event.reachable) this.#isJustOpened = false
      return this.#become(connectionOf(event))
    }
    // Whether the database is there is told by its own event; anything else says that the stream is.
    const isNew = this.#connection.state === 'connecting' || this.#connection.state === 'polling'
    if (isNew) this.#become({ state: 'live', note: null })
    if (event.type === 'hello') this.#greeted()
    if (event.type === 'changed') this.#gather(event.topics)
  }

  /** Changes are told from here on; what was asked before may lack one, and a page that is just being opened has no time for that yet. */
  #greeted(): void {
    if (!this.#isJustOpened) return void this.#refreshAll()
    this.#isJustOpened = false
    const asked = new Set(this.#cache.getQueryCache().findAll({ type: 'active' }))
    this.#settleTimer = setTimeout(
      () => void this.#cache.invalidateQueries({ predicate: (query) => asked.has(query) }, { cancelRefetch: false }),
      settledMs,
    )
  }

  #gather(topics: readonly LiveTopic[]): void {
    for (const topic of topics) this.#topics.add(topic)
    if (this.#refreshTimer !== null) return
    const waitMs = Math.max(firstRefreshMs, this.#refreshedAt + refreshMs - this.#monotonic())
    this.#refreshTimer = setTimeout(() => {
      this.#refreshTimer = null
      this.#refreshedAt = this.#monotonic()
      const prefixes = [...this.#topics].flatMap((topic) => dependents[topic])
      this.#topics = new Set()
      void this.#refresh(prefixes)
    }, waitMs)
  }

  #refreshAll(): Promise<void> {
    return this.#refresh([[]])
  }

  /** One call may fail while the stream goes on, and of what has failed nobody may tell of a change for hours. */
  #askFailedAgain(): void {
    const isLost = ({ state }: Query): boolean => state.error !== null && isPassing(state.error)
    void this.#cache.refetchQueries({ type: 'active', predicate: isLost }, { cancelRefetch: false })
  }

  /**
   * Asks again what of these is on screen; the rest is asked when it is shown. A question under way is not sent twice, but asked once more when its
   * answer is there: it may have been answered just before the change.
   */
  async #refresh(prefixes: readonly (readonly string[])[]): Promise<void> {
    const predicate = ({ queryKey: [path] }: { queryKey: QueryKey }): boolean =>
      Array.isArray(path) && prefixes.some((prefix) => prefix.every((part, at) => path[at] === part))
    const underWay = new Set(
      this.#cache.getQueryCache().findAll({ predicate, fetchStatus: 'fetching', type: 'active' }),
    )
    await this.#cache.invalidateQueries({ predicate }, { cancelRefetch: false })
    if (underWay.size === 0) return
    await this.#cache.invalidateQueries({ predicate: (query) => underWay.has(query) }, { cancelRefetch: false })
  }

  #become(connection: Connection): void {
    this.#connection = connection
    for (const listener of this.#listeners) listener()
  }

  /** How long nothing was heard, ms; null before the first event. */
  silenceMs(): number | null {
    return this.#heardAt === null ? null : this.#monotonic() - this.#heardAt
  }
}

function connectionOf(database: Extract<LiveEvent, { type: 'database' }>): Connection {
  if (database.state === 'up') return { state: 'live', note: database.reason }
  return { state: database.state === 'limited' ? 'limited' : 'offline', database }
}

const LiveContext = createContext<LiveUpdates | null>(null)

interface LiveProviderProps {
  readonly organizationId: string
  /** False while the organization has the section switched off: there is nothing to follow then but the way to the database. */
  readonly isOn: boolean
  readonly children: ReactNode
}

export function LiveProvider({ organizationId, isOn, children }: LiveProviderProps) {
  const client = useClient()
  const cache = useQueryClient()
  const machineClock = useClock()
  const clock = useDatabaseClock()
  const live = useMemo(
    () =>
      new LiveUpdates({
        client,
        cache,
        monotonic: () => machineClock.monotonic(),
        onInstant: (asOf) => clock.follow(asOf),
      }),
    [client, cache, machineClock, clock],
  )
  useEffect(() => (isOn ? live.start(organizationId) : live.watchDatabase()), [live, organizationId, isOn])
  return <LiveContext value={live}>{children}</LiveContext>
}

export function useLive(): LiveUpdates {
  const live = use(LiveContext)
  if (live === null) throw new Error('Used outside of LiveProvider.')
  return live
}

export function useConnection(): Connection {
  const live = useLive()
  return useSyncExternalStore(live.subscribe, live.connection)
}
