import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Cadence, nextFire, parseCadence } from '../../shared/cadence.ts'
import type { Clock } from '../../shared/clock.ts'
import { legacyTimeZone } from '../../shared/domain.ts'
import type { PlannedJob } from '../store/job-timeline.ts'

export interface ComingFire {
  readonly job: PlannedJob
  readonly at: Date
}

interface Limits {
  /** Fires after this are not told. */
  readonly until: Date
  readonly most: number
}

/** For how long the event loop may be kept from everything else, ms. */
const sliceMs = 10

/**
 * The coming fires of all jobs, the earliest first, at most `most`. A job's first fire is its planned run (now, when that is overdue),
 * the others follow its cadence. Only the earliest fires are ever computed: jobs wait in a heap, ordered by their next one. A job
 * whose cadence cannot be read has no more fires than the one that is planned.
 */
export async function comingFires(
  jobs: readonly PlannedJob[],
  { until, most }: Limits,
  clock: Clock,
): Promise<{ readonly fires: ComingFire[]; readonly truncated: boolean }> {
  const fires: ComingFire[] = []
  const waiting = new EarliestFirst()
  const cadences = new Map<string, KnownCadence | null>()
  let sliceEnds = clock.monotonic() + sliceMs
  const breathe = async (): Promise<void> => {
    if (clock.monotonic() < sliceEnds) return
    await nextTurn()
    sliceEnds = clock.monotonic() + sliceMs
  }
  for (const job of jobs) {
    await breathe()
    const at = firstFire(job, cadences)
    if (at !== null && at <= until) waiting.add({ job, at })
  }
  for (let fire = waiting.take(); fire !== null; fire = waiting.take()) {
    if (fires.length >= most) return { fires, truncated: true }
    fires.push(fire)
    await breathe()
    const cadence = fire.job.scheduleType === 'recurring' ? readable(fire.job, cadences) : null
    const at = cadence === null ? null : fireAfter(cadence, fire.at)
    if (at !== null && at <= until) waiting.add({ job: fire.job, at })
  }
  return { fires, truncated: false }
}

function firstFire(job: PlannedJob, cadences: Map<string, KnownCadence | null>): Date | null {
  if (job.nextRunAt !== null) return job.nextRunAt < job.asOf ? job.asOf : job.nextRunAt
  const cadence = readable(job, cadences)
  return cadence === null ? null : fireAfter(cadence, job.asOf)
}

interface KnownCadence {
  readonly cadence: Cadence
  /** The last answer: after every instant in [from, next) the next fire is `next`. */
  answer: { readonly from: Date; readonly next: Date } | null
}

/** Thousands of jobs share some cadences, and more of those than `nextFire` itself remembers. */
function fireAfter(known: KnownCadence, after: Date): Date | null {
  if (known.answer === null || after < known.answer.from || after >= known.answer.next) {
    const next = nextFire(known.cadence, after)
    if (next === null) return null
    known.answer = { from: after, next }
  }
  return known.answer.next
}

/** Null when another program wrote one that is none. */
function readable(
  { cronExpression, timeZone }: PlannedJob,
  known: Map<string, KnownCadence | null>,
): KnownCadence | null {
  const zone = timeZone ?? legacyTimeZone
  const key = `${zone}\n${cronExpression}`
  let cadence = known.get(key)
  if (cadence === undefined) known.set(key, (cadence = read(cronExpression ?? '', zone)))
  return cadence
}

function read(cron: string, timeZone: string): KnownCadence | null {
  try {
    return { cadence: parseCadence(cron, timeZone), answer: null }
  } catch {
    return null
  }
}

/** A binary heap. Fires at one instant come in the order of their jobs' ids, so that the answer is the same every time. */
class EarliestFirst {
  readonly #fires: ComingFire[] = []

  add(fire: ComingFire): void {
    let at = this.#fires.push(fire) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#swapIfBefore(at, parent)) return
      at = parent
    }
  }

  take(): ComingFire | null {
    const first = this.#fires[0]
    const last = this.#fires.pop()
    if (first === undefined || last === undefined) return null
    if (this.#fires.length === 0) return first
    this.#fires[0] = last
    this.#sink()
    return first
  }

  #sink(): void {
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      const child = this.#isBefore(right, left) ? right : left
      if (!this.#swapIfBefore(child, at)) return
      at = child
    }
  }

  #swapIfBefore(one: number, other: number): boolean {
    const [first, second] = [this.#fires[one], this.#fires[other]]
    if (first === undefined || second === undefined || !isEarlier(first, second)) return false
    this.#fires[one] = second
    this.#fires[other] = first
    return true
  }

  #isBefore(one: number, other: number): boolean {
    const [first, second] = [this.#fires[one], this.#fires[other]]
    return first !== undefined && second !== undefined && isEarlier(first, second)
  }
}

function isEarlier(one: ComingFire, other: ComingFire): boolean {
  return (
    one.at.getTime() - other.at.getTime() < 0 || (one.at.getTime() === other.at.getTime() && one.job.id < other.job.id)
  )
}

/**
 * Which fires would find their concurrency key busy with an earlier one, as far as durations are known (ms, by job id). One that
 * waits holds the key after the other; with the overlap policy `skip` it does not run at all. Fires must come in order.
 */
export function collisions(fires: readonly ComingFire[], expectedMs: ReadonlyMap<string, number>): boolean[] {
  const busyUntil = new Map<string, number>()
  return fires.map(({ job, at }) => {
    const free = busyUntil.get(job.concurrencyKey) ?? 0
    const collides = at.getTime() < free
    const begins = Math.max(at.getTime(), free)
    // Even the shortest run holds the key for an instant: two at the same time collide.
    const ends = begins + Math.max(expectedMs.get(job.id) ?? 0, 1)
    if (!collides || job.overlapPolicy === 'queue') busyUntil.set(job.concurrencyKey, ends)
    return collides
  })
}
