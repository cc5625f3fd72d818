import { Problem } from '../../../shared/errors.ts'

/** The Problem that an action throws; anything else, and no error at all, fails the test. */
export function problemFrom(action: () => unknown): Problem {
  try {
    action()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('expected a Problem, but nothing was thrown')
}

/** What an action returns, or the Problem that it throws; any other error passes through. For "a value or a Problem" properties. */
export function valueOrProblem<Value>(action: () => Value): Value | Problem {
  try {
    return action()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}
