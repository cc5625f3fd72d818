import type { PowerMonitor } from 'electron'
import type { ClaimHolds } from '../agent/scheduler/claim-holds.ts'
import type { Clock } from '../shared/clock.ts'
import type { PowerSource } from '../shared/desktop/contract.ts'

export interface PowerOptions {
  readonly monitor: Pick<PowerMonitor, 'on'>
  /** What the device works on now; `unknown` where nobody knows, which holds nothing. Never rejects. */
  readonly source: () => Promise<PowerSource>
  readonly holds: ClaimHolds
  readonly clock: Clock
  /** Leases, then the way to the database. Never rejects. */
  readonly wakeUp: (hiddenMs: number) => Promise<void>
  readonly onlyOnMains: () => boolean
  /** 0 up to, not including, 1. */
  readonly random: () => number
}

/** Laptops of an office wake together; what they have to catch up with is begun over this time, ms. */
const spreadMs = 5_000
/** No system promises to tell of every change, and Linux tells of none: so often it is looked, ms. */
const lookMs = 30_000

/**
 * Sleep and batteries. Nothing is claimed from the moment the machine goes to sleep; when it wakes, every lease is looked at before
 * anything else: a run whose lease ran out meanwhile is lost cleanly (J3). Then the database is reached again, and one look catches up
 * with what was missed.
 */
export class Power {
  readonly #options: PowerOptions
  #asleepSince: { readonly wall: number; readonly monotonic: number } | null = null
  #catchUp: NodeJS.Timeout | null = null
  #looks: NodeJS.Timeout | null = null
  #source: PowerSource = 'unknown'
  /** Sleeping again while waking leaves the earlier waking to itself. */
  #sleeps = 0

  constructor(options: PowerOptions) {
    this.#options = options
  }

  /** Resolves once it is known what the device works on: before that, nothing should be claimed. */
  async start(): Promise<void> {
    const { monitor } = this.#options
    monitor.on('suspend', () => this.#suspend())
    monitor.on('resume', () => void this.#resume())
    const look = (): void => void this.checkMains()
    monitor.on('on-battery', look)
    monitor.on('on-ac', look)
    monitor.on('resume', look)
    this.#looks = setInterval(look, lookMs)
    await this.checkMains()
  }

  /** As of the last look. */
  get source(): PowerSource {
    return this.#source
  }

  stop(): void {
    if (this.#looks !== null) clearInterval(this.#looks)
    this.#looks = null
    this.#waitNoMore()
  }

  #waitNoMore(): void {
    if (this.#catchUp !== null) clearTimeout(this.#catchUp)
    this.#catchUp = null
  }

  /** Holds claims while the device works on battery and is set to want mains power; also after the setting has changed. */
  async checkMains(): Promise<void> {
    const { source, holds, onlyOnMains } = this.#options
    this.#source = await source()
    if (onlyOnMains() && this.#source === 'battery') holds.hold('on_battery')
    else holds.release('on_battery')
  }

  #suspend(): void {
    this.#waitNoMore()
    this.#sleeps += 1
    this.#options.holds.hold('asleep')
    this.#asleepSince ??= this.#read()
  }

  async #resume(): Promise<void> {
    const since = this.#asleepSince
    if (since === null) return
    this.#asleepSince = null
    const { wakeUp, holds, random } = this.#options
    const sleeps = this.#sleeps
    const now = this.#read()
    // What the wall clock saw and the monotonic clock did not: on Linux it stands still, on macOS and Windows it may not.
    const hiddenMs = Math.max(0, now.wall - since.wall - (now.monotonic - since.monotonic))
    await wakeUp(hiddenMs)
    if (sleeps !== this.#sleeps) return
    this.#catchUp = setTimeout(() => holds.release('asleep'), random() * spreadMs)
  }

  #read(): { wall: number; monotonic: number } {
    const { clock } = this.#options
    return { wall: clock.now().getTime(), monotonic: clock.monotonic() }
  }
}
