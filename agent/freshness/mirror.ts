import type { Clock } from '../../shared/clock.ts'
import type { Changes } from '../store/dataset-changes.ts'

interface Fact {
  readonly brandId: string
  readonly key: string
  readonly gone: boolean
}

/** By brand, then by key. */
export type Mirrored<Row> = ReadonlyMap<string, ReadonlyMap<string, Row>>

/** Everything is read anew this often: the backstop for a server that was swapped for another one under the same address. */
const wholeEveryMs = 10 * 60_000

/**
 * A copy of a few columns of a table, brought up to date whenever it is asked for: never older than the question, and it costs the
 * changes only. A copy that cannot be right (a row was deleted, the server went back in time) is read anew.
 *
 * Many may ask at once. A refresh that began before a question does not answer it: it may have read just before the change that the
 * question is about. All who ask meanwhile share the next one.
 */
export class Mirror<Row extends Fact> {
  readonly #read: (since: string | null) => Promise<Changes<Row>>
  readonly #clock: Pick<Clock, 'monotonic'>
  #rows = new Map<string, Map<string, Row>>()
  #size = 0
  #horizon: string | null = null
  #wholeAt = 0
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null

  constructor(read: (since: string | null) => Promise<Changes<Row>>, clock: Pick<Clock, 'monotonic'>) {
    this.#read = read
    this.#clock = clock
  }

  /** The rows as they are now. What is kept of one brand is replaced, never changed: the same map means the same rows. */
  async current(): Promise<Mirrored<Row>> {
    this.#next ??= this.#afterRunning()
    await this.#next
    return this.#rows
  }

  async #afterRunning(): Promise<void> {
    // Its failure is told to those who asked for it.
    await this.#running?.catch(() => undefined)
    this.#running = this.#next
    this.#next = null
    await this.#refresh()
  }

  async #refresh(): Promise<void> {
    const since = this.#clock.monotonic() - this.#wholeAt < wholeEveryMs ? this.#horizon : null
    const changes = await this.#read(since)
    const isOlder = since !== null && BigInt(changes.horizon) < BigInt(since)
    if (since === null) this.#forget()
    this.#apply(changes.changed)
    this.#horizon = changes.horizon
    if (this.#size === changes.total && !isOlder) return
    const whole = since === null ? changes : await this.#read(null)
    this.#forget()
    this.#apply(whole.changed)
    this.#horizon = whole.horizon
  }

  #forget(): void {
    this.#rows = new Map()
    this.#size = 0
    this.#wholeAt = this.#clock.monotonic()
  }

  #apply(changed: readonly Row[]): void {
    const copied = new Set<string>()
    for (const row of changed) {
      const ofBrand = this.#ownCopy(row.brandId, copied)
      const before = ofBrand.size
      if (row.gone) ofBrand.delete(row.key)
      else ofBrand.set(row.key, row)
      this.#size += ofBrand.size - before
    }
  }

  #ownCopy(brandId: string, copied: Set<string>): Map<string, Row> {
    const known = this.#rows.get(brandId)
    if (known !== undefined && copied.has(brandId)) return known
    const copy = new Map(known)
    this.#rows.set(brandId, copy)
    copied.add(brandId)
    return copy
  }
}
