import { formatDuration } from '../../shared/duration.ts'
import { describeError, Problem } from '../../shared/errors.ts'
import { isUnreachable } from '../store/database.ts'
import { heed, pause } from './pause.ts'
import type { Session } from './session.ts'

const askAgainMs = 1_000
const longestAwayMs = 5 * 60_000

export interface Outlasting {
  /** Told once when the database is away, and once when it is back. */
  readonly tell: (words: string) => void
  /** How to look again, when nobody waits any more. */
  readonly fix: string
  /** By the monotonic clock, ms; absent = only the five minutes count. */
  readonly giveUpAt?: number
}

/** Asks until there is an answer; null = interrupted before. */
export type Ask = <Answer>(question: () => Promise<Answer>) => Promise<Answer | null>

/**
 * For commands that watch what agents do: a server that is restarted, or moves to another machine, ends no run, so it ends no watching
 * either. What fails for another reason is thrown as it is.
 * @throws Problem `database_unreachable` once it has been away for five minutes, or until `giveUpAt`.
 */
export function outlasting(
  { context: { clock }, interrupted }: Pick<Session, 'context' | 'interrupted'>,
  { tell, fix, giveUpAt = Number.POSITIVE_INFINITY }: Outlasting,
): Ask {
  heed(interrupted)
  return async (question) => {
    let awaySince: number | null = null
    for (;;) {
      try {
        const answer = await question()
        if (awaySince !== null) tell('The database answers again.')
        return answer
      } catch (error) {
        if (!isUnreachable(error)) throw error
        const now = clock.monotonic()
        if (awaySince === null) tell(`The database does not answer (${describeError(error)}); it is asked again.`)
        awaySince ??= now
        if (now > giveUpAt || now - awaySince > longestAwayMs) throw stillAway(error, now - awaySince, fix)
      }
      if (!(await pause(askAgainMs, interrupted))) return null
    }
  }
}

function stillAway(cause: unknown, awayMs: number, fix: string): Problem {
  const message = `The database has not answered for ${formatDuration(awayMs)} (${describeError(cause)}); what was watched goes on without it.`
  return new Problem('database_unreachable', message, { field: 'database-url', fix, cause })
}
