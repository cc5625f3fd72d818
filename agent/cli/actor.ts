import type { Actor } from '../store/operator-actions.ts'
import type { CliContext } from './context.ts'

/** Who is recorded for what a command does. */
export function cliActor({ operator }: Pick<CliContext, 'operator'>): Actor {
  return { operator, door: 'cli' }
}
