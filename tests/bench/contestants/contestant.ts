/** One of those who work off jobs, inside its own process. */
export interface Contestant {
  /** Begins to claim; `onStart` is told at the start of every handler, with the instant the job carries (epoch ms). */
  start(onStart: (at: number) => void): Promise<void>
  /** Resolves when the database shows `count` jobs complete. */
  completed(count: number): Promise<void>
  /** Adds one due job from a connection that is not the contestant's. */
  enqueue(at: number): Promise<void>
  /** Starts a job in this very process; null where a library cannot. */
  readonly runNow: ((at: number) => Promise<void>) | null
  stop(): Promise<void>
}

/** What every handler logs: 200 bytes. */
export const logLine = 'x'.repeat(200)
