import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { Rounds } from '../incidents/rounds.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import { StepFailure } from '../jobs/executors/executor.ts'
import type { Settings } from '../settings/definitions.ts'
import type { Log } from './log.ts'

export interface HeartbeatOptions {
  /** Secret: whoever has it can speak for this agent. */
  readonly url: string
  readonly everyMs: number
  /** `http.allow_hosts` of the catalog. */
  readonly allowHosts: readonly string[]
  /** False or rejected = nothing is sent. */
  readonly isWell: () => Promise<boolean>
  /** How soon it is asked again while it is not well, where that is sooner than `everyMs`; usually 30,000. */
  readonly unwellMs?: number
  /** Told once for each time of trouble; never has the address in it. */
  readonly onTrouble: (message: string) => void
}

const mostMs = 20_000
const readBytes = 1_024
const usualUnwellMs = 30_000

/**
 * Who watches the watcher: a service elsewhere is asked for an address now and then, and tells somebody when that ends. It ends when this
 * process, its machine, the network or the database does, or when nothing would be claimed or nobody told.
 * Started, it beats at once and then at its pace; a beat that was not heard is repeated sooner, and one that was left out follows soon after all is
 * well again, so that one bad moment is not a whole period.
 */
export class DeadManHeartbeat {
  readonly #rounds: Rounds
  readonly #stopping = new AbortController()

  constructor(options: HeartbeatOptions) {
    this.#rounds = new Rounds({
      name: 'The heartbeat was not heard',
      round: async () => {
        if (!(await options.isWell())) return Math.min(options.everyMs, options.unwellMs ?? usualUnwellMs)
        await beat(options, this.#stopping.signal)
        return options.everyMs
      },
      pollMs: () => options.everyMs,
      onTrouble: (message) => {
        if (!this.#stopping.signal.aborted) options.onTrouble(message)
      },
    })
  }

  start(): void {
    this.#rounds.start()
  }

  /** Complete when it resolves; safe twice, safe before start. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#rounds.stop()
  }
}

/**
 * One request, as the `http` steps make theirs: to a host of the list, at an address that was checked; no redirect is followed.
 * @throws Error that names the host and no more of the address.
 */
export async function beat(
  { url: written, allowHosts }: Pick<HeartbeatOptions, 'url' | 'allowHosts'>,
  stopped?: AbortSignal,
): Promise<void> {
  // Loaded on first use: an agent without one does not pay for the client.
  const { exchange } = await import('../jobs/executors/http-exchange.ts')
  const url = new URL(written)
  const timeout = AbortSignal.timeout(mostMs)
  const signal = stopped === undefined ? timeout : AbortSignal.any([timeout, stopped])
  const request = { method: 'GET', url, headers: { 'user-agent': 'pipeline-manager' }, body: null } as const
  const limits = { allowHosts, maxResponseBytes: readBytes }
  const answer = await exchange(request, {}, () => true, limits, signal).catch((error: unknown) => {
    if (error instanceof StepFailure) throw error
    const what = timeout.aborted ? `gave no answer within ${mostMs / 1_000} s` : describeError(error)
    throw new Error(`${url.host}: ${what}`, { cause: error })
  })
  if (answer.status < 200 || answer.status > 299) throw new Error(`${url.host} answered ${answer.status}`)
}

/** ms. A round follows every two and a half minutes at least, one of the dispatch every five, and a slow one may take its time. */
const doneWithinMs = 600_000

/** Whether this agent can say that all is well: it is ready, and where it leads, incidents are being evaluated and told. */
export async function isWatching(options: {
  readonly isReady: () => Promise<boolean>
  readonly isLeader: boolean
  /** When incidents were evaluated last, or the lead was won, by the monotonic clock, ms. */
  readonly aliveAt: number
  /** The same of the dispatch, which decides who is told. */
  readonly dispatchedAt: number
  readonly clock: Pick<Clock, 'monotonic'>
}): Promise<boolean> {
  const { isReady, isLeader, aliveAt, dispatchedAt, clock } = options
  if (isLeader && clock.monotonic() - Math.min(aliveAt, dispatchedAt) > doneWithinMs) return false
  return isReady()
}

/** The one that the settings ask for, started; null = they ask for none. */
export function openHeartbeat(options: {
  readonly settings: Pick<Settings, 'heartbeatUrl' | 'heartbeatMinutes'>
  readonly catalog: Pick<Catalog, 'httpAllowHosts'>
  readonly isWell: () => Promise<boolean>
  readonly log: Log
}): DeadManHeartbeat | null {
  const { settings, catalog, isWell, log } = options
  const { heartbeatUrl: url, heartbeatMinutes } = settings
  if (url === null) return null
  const heartbeat = new DeadManHeartbeat({
    url,
    everyMs: heartbeatMinutes * 60_000,
    allowHosts: catalog.httpAllowHosts,
    isWell,
    onTrouble: (message) => log({ level: 'warn', event: 'heartbeat_trouble', message }),
  })
  heartbeat.start()
  return heartbeat
}
