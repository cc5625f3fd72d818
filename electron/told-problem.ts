import type { DesktopProblem } from '../shared/desktop/contract.ts'
import { describeError, Problem } from '../shared/errors.ts'

/** Anything thrown as what a person is told; what to do stands apart, and once. */
export function toldProblem(error: unknown): DesktopProblem {
  if (!(error instanceof Problem)) return { message: describeError(error), fix: null }
  const { message, fix = null } = error
  return { message, fix: fix !== null && message.includes(fix) ? null : fix }
}
