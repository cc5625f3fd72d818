import { describeError } from '../../shared/errors.ts'
import type { ConsoleContext } from './context.ts'
import { callerError } from './errors.ts'

/** How many things of one request are worked on at a time: each takes a connection. */
const atATime = 2

/** Asks `answer` for each, a few at a time; the answers in the order of the things. */
export async function inTurn<One, Answer>(
  all: readonly One[],
  answer: (one: One) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let at = 0; at < all.length; at += atATime) {
    answers.push(...(await Promise.all(all.slice(at, at + atATime).map(answer))))
  }
  return answers
}

/** One thing's trouble is its own: the others are still answered for. `call` names the call in the agent's log. */
export function refusalOf(
  { services }: ConsoleContext,
  call: string,
  thrown: unknown,
): { message: string; refused: string } {
  const expected = callerError(thrown)
  if (expected !== null) return { message: withFix(expected.message, expected.data), refused: expected.code }
  services.onTrouble(`${call} failed: ${describeError(thrown)}`)
  return { message: 'The agent could not do it; its log says why.', refused: 'INTERNAL_SERVER_ERROR' }
}

function withFix(message: string, data: unknown): string {
  const hasFix = typeof data === 'object' && data !== null && 'fix' in data && typeof data.fix === 'string'
  return hasFix ? `${message} ${String(data.fix)}` : message
}
