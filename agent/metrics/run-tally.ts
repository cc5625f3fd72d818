import type { Clock } from '../../shared/clock.ts'
import type { AgentEvent } from '../scheduler/events.ts'

/** What became of a run as its agent saw it; `lost`: another one has taken it over. */
export const tallied = ['completed', 'warnings', 'failed', 'cancelled', 'lost'] as const
export type Tallied = (typeof tallied)[number]

/** Upper bounds of the classes of durations, seconds; the last class has none. */
export const durationBounds = [0.1, 1, 10, 60, 300, 1_800, 7_200] as const

export interface TypeTally {
  readonly jobType: string
  /** Since the process began. */
  readonly ended: Readonly<Record<Tallied, number>>
  /** How many lasted at most as long as each bound, and all of them last. */
  readonly atMost: readonly number[]
  readonly seconds: number
}

interface Counting extends TypeTally {
  readonly ended: Record<Tallied, number>
  readonly atMost: number[]
  seconds: number
}

/** Job types with numbers of their own; rows of other programs may name any number of them. */
const mostTypes = 200
const others = 'other'

/** Counts the runs of this process. It costs a run two entries in a map, whether or not anybody ever asks. */
export class RunTally {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #types = new Map<string, Counting>()
  /** Monotonic ms. */
  readonly #startedAt = new Map<string, number>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  hear(event: AgentEvent): void {
    if (event.type === 'run_started') this.#startedAt.set(event.run.runId, this.#clock.monotonic())
    else if (event.type === 'run_ended') this.#end(event.run, resultOf(event))
    else if (event.type === 'run_lost') this.#end(event.run, 'lost')
    // Its result is told by the process that delivers it.
    else if (event.type === 'run_kept') this.#startedAt.delete(event.run.runId)
  }

  get running(): number {
    return this.#startedAt.size
  }

  /** By job type. */
  read(): readonly TypeTally[] {
    return [...this.#types.values()]
  }

  #end({ runId, jobType }: { readonly runId: string; readonly jobType: string }, result: Tallied): void {
    const startedAt = this.#startedAt.get(runId)
    this.#startedAt.delete(runId)
    const tally = this.#of(jobType)
    tally.ended[result] += 1
    if (startedAt === undefined) return
    const seconds = (this.#clock.monotonic() - startedAt) / 1_000
    tally.seconds += seconds
    for (const [place, bound] of [...durationBounds, Number.POSITIVE_INFINITY].entries()) {
      if (seconds <= bound) tally.atMost[place] = (tally.atMost[place] ?? 0) + 1
    }
  }

  #of(jobType: string): Counting {
    const name = this.#types.has(jobType) || this.#types.size < mostTypes ? jobType : others
    const known = this.#types.get(name)
    if (known !== undefined) return known
    const tally = {
      jobType: name,
      ended: { completed: 0, warnings: 0, failed: 0, cancelled: 0, lost: 0 },
      atMost: [...durationBounds, 0].map(() => 0),
      seconds: 0,
    }
    this.#types.set(name, tally)
    return tally
  }
}

function resultOf({ status, problem }: Extract<AgentEvent, { type: 'run_ended' }>): Tallied {
  if (status === 'completed') return problem === 'warnings' ? 'warnings' : 'completed'
  return status === 'cancelled' ? 'cancelled' : 'failed'
}
