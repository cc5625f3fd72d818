import type { LiveTopic } from '../../shared/live-topics.ts'
import type { DatabaseView } from '../connection/supervisor.ts'

/** What a console hears of the database. */
export type Change =
  /** Something may have been missed: ask for everything again. */
  | { readonly type: 'resync' }
  | { readonly type: 'changed'; readonly topics: readonly LiveTopic[] }
  /** The database has just answered with its clock; while it is away, what its clock should say by now. */
  | { readonly type: 'beat'; readonly asOf: Date }
  /** What is known of the database has changed. */
  | { readonly type: 'database'; readonly view: DatabaseView }
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
