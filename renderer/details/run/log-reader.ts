/**
 * Reads the log of one run. The end is there first, because that is where the reason for a failure stands; then come the lines before it,
 * from the start; then, while the run goes on, new lines as they are written.
 *
 *   tail ──► earlier lines, a page at a time ──► follow until the run has ended
 *
 * An agent that stops, a cable that is cut, or a database that is away ends neither the run nor its log: what broke off, or says nothing any
 * more, goes on where it was, by itself.
 */
import type { LogLine } from '../../../shared/contract/runs.ts'
import { delay } from '../../client/delay.ts'
import type { Client } from '../../client/door.ts'
import { failureOf, isPassing } from '../../client/queries.ts'
import { untilSilent } from '../../client/until-silent.ts'

export interface LogState {
  readonly lines: readonly LogLine[]
  /** `waiting`: it broke off before the run had ended, and goes on after a pause. */
  readonly phase: 'loading' | 'earlier' | 'following' | 'waiting' | 'ended' | 'failed'
  /** Lines before the first one shown that are left to the download; 0 = all are here. */
  readonly leftOut: number
  readonly error: unknown
  /** The run goes on, so more lines may come. */
  readonly isRunning: boolean
}

const tailLines = 1_000
const pageLines = 5_000
/** More than a person reads, and what a tab of a browser holds with ease. */
const mostLines = 200_000
const mostCharacters = 100_000_000
const retryMs = { first: 500, most: 15_000 }

export class LogReader {
  readonly #client: Client
  readonly #runId: string
  readonly #listeners = new Set<() => void>()
  #waitMs = retryMs.first
  #state: LogState = { lines: [], phase: 'loading', leftOut: 0, error: null, isRunning: false }

  constructor(client: Client, runId: string) {
    this.#client = client
    this.#runId = runId
  }

  readonly state = (): LogState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Reads until the run has ended or the returned function is called. May be started again afterwards. */
  start(): () => void {
    const stop = new AbortController()
    void this.#read(stop.signal)
    return () => stop.abort()
  }

  async #read(signal: AbortSignal): Promise<void> {
    let isBegun = false
    let isAskedAnew = false
    while (!signal.aborted) {
      try {
        if (!isBegun) await this.#begin(signal)
        isBegun = true
        const isOver = !this.#state.isRunning || (await this.#follow(signal))
        isAskedAnew = false
        if (signal.aborted) return
        if (isOver) return this.#become({ ...this.#state, phase: 'ended', isRunning: false })
        this.#become({ ...this.#state, phase: 'waiting' })
      } catch (error) {
        if (signal.aborted) return
        // A stream has the cookie it began with; the next one has that of now, which may have been renewed.
        const mayAskAnew: boolean = isBegun && !isAskedAnew && failureOf(error).code === 'UNAUTHORIZED'
        isAskedAnew = mayAskAnew
        if (!mayAskAnew && !isPassing(error)) {
          return this.#become({ ...this.#state, phase: 'failed', error, isRunning: false })
        }
        this.#become({ ...this.#state, phase: 'waiting', error })
      }
      await delay(this.#waitMs, signal)
      this.#waitMs = Math.min(this.#waitMs * 2, retryMs.most)
    }
  }

  async #begin(signal: AbortSignal): Promise<void> {
    const tail = await this.#client.runs.log({ runId: this.#runId, tail: tailLines }, { signal })
    if (signal.aborted) return
    const first = tail.lines[0]?.seq ?? 1
    const phase = first > 1 ? 'earlier' : 'following'
    this.#become({ lines: tail.lines, phase, leftOut: 0, error: null, isRunning: !tail.ended })
    if (first > 1) await this.#readEarlier(first, signal)
  }

  /** Everything before `first`; shown at once when all of it is here, so that what is being read moves only once. */
  async #readEarlier(first: number, signal: AbortSignal): Promise<void> {
    const tail = this.#state.lines
    if (first - 1 > mostLines) {
      this.#become({ ...this.#state, leftOut: first - 1, phase: 'following' })
      return
    }
    const earlier: LogLine[] = []
    let characters = 0
    for (let after = 0; after < first - 1 && characters < mostCharacters; ) {
      const input = { runId: this.#runId, afterSeq: after, limit: Math.min(pageLines, first - 1 - after) }
      const { lines } = await this.#client.runs.log(input, { signal })
      const page = lines.filter(({ seq }) => seq > after && seq < first)
      const newest = page.at(-1)
      if (signal.aborted) return
      if (newest === undefined) break
      earlier.push(...page)
      characters += page.reduce((sum, { message }) => sum + message.length, 0)
      after = newest.seq
    }
    const isWhole = characters < mostCharacters
    this.#become({
      ...this.#state,
      lines: isWhole ? [...earlier, ...tail] : tail,
      leftOut: isWhole ? 0 : first - 1,
      phase: 'following',
    })
  }

  /** Whether it was followed to the end of the run. */
  async #follow(signal: AbortSignal): Promise<boolean> {
    const afterSeq = this.#state.lines.at(-1)?.seq ?? 0
    const open = async (until: AbortSignal) => {
      const pieces = await this.#client.runs.followLog({ runId: this.#runId, afterSeq }, { signal: until })
      if (this.#state.phase === 'waiting') this.#become({ ...this.#state, phase: 'following', error: null })
      return pieces
    }
    for await (const piece of untilSilent(open, signal)) {
      this.#waitMs = retryMs.first
      const last = this.#state.lines.at(-1)?.seq ?? 0
      const fresh = piece.lines.filter(({ seq }) => seq > last)
      if (fresh.length > 0) this.#become({ ...this.#state, lines: [...this.#state.lines, ...fresh] })
      if (piece.ended) return true
    }
    return false
  }

  #become(state: LogState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}
