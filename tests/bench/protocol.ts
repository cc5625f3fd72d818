/** What the benchmark and a contestant's process say to each other. */

export const contestants = [
  'ours',
  'ours-throughput',
  'graphile',
  'graphile-perf',
  'graphile+rec',
  'graphile-perf+rec',
  'pg-boss-results',
  'pg-boss-results+rec',
] as const
export type ContestantName = (typeof contestants)[number]

export type Task =
  /** Work off what is there; `jobs` of them. */
  | { readonly kind: 'drain'; readonly jobs: number }
  /** Insert one job after the other from another connection, at random gaps, and time each start. */
  | { readonly kind: 'wake'; readonly count: number }
  /** The contestant's own "run now", at random gaps. */
  | { readonly kind: 'run_now'; readonly count: number }
  /** Start on time what falls due at the instants that the jobs carry. */
  | { readonly kind: 'on_time'; readonly jobs: number }
  /** Do nothing until told to stop. */
  | { readonly kind: 'idle' }

export interface Assignment {
  readonly contestant: ContestantName
  readonly url: string
  readonly task: Task
}

/** Epoch milliseconds with microseconds, the same in every process of this machine. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now()
}

export type Report =
  /** Ready to work: connected, nothing claimed yet. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'first_start'; readonly at: number; readonly cpuMicroseconds: number }
  | {
      readonly kind: 'done'
      readonly at: number
      readonly cpuMicroseconds: number
      /** Milliseconds, what they measure depends on the task. */
      readonly samples: readonly number[]
      /** Milliseconds of the bare inserts measured beside wake and run_now. */
      readonly floor: readonly number[]
    }

export type Command = { readonly kind: 'go' } | { readonly kind: 'stop' }
