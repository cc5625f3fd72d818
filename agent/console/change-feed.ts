import type { LiveTopic } from '../../shared/live-topics.ts'

/** What a console hears of the database. */
export type Change =
  /** Something may have been missed: ask for everything again. */
  | { readonly type: 'resync' }
  | { readonly type: 'changed'; readonly topics: readonly LiveTopic[] }
  /** The database has just answered; its clock. */
  | { readonly type: 'beat'; readonly asOf: Date }
  /** Reachable with a reason: questions are answered, but changes are not heard and everything is asked again now and then. */
  | { readonly type: 'database'; readonly reachable: boolean; readonly reason: string | null }
  /** The agent stops: nothing follows. */
  | { readonly type: 'end' }

export type ChangeListener = (change: Change) => void

/** Changes made by anybody, gathered and told at most a few times a second. */
export interface ChangeFeed {
  /**
   * Hears every change from the moment the answer is there, or from the next `resync` on when the database could not be listened
   * to. Answers how to stop listening.
   */
  subscribe(listener: ChangeListener): (() => void) | Promise<() => void>
}
