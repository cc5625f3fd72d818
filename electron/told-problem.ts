import type { DesktopProblem } from '../shared/desktop/contract.ts'
import { describeError, Problem } from '../shared/errors.ts'

/** Anything thrown as what a person is told; what to do stands apart, and once. */
export function toldProblem(error: unknown): DesktopProblem {
  if (!(error instanceof Problem)) return { message: describeError(error), fix: null }
  const { message, fix = null } = error
  return { message, fix: fix !== null && message.includes(fix) ? null : fix }
}

/** What the desktop has in place of the flags that the agent's words name: an installed one takes none. */
const insteadOfFlags: Readonly<Record<string, string>> = {
  '--database-url': 'the URL in Settings',
  '--data-dir': 'PIPELINE_MANAGER_DATA_DIR in the environment',
  '--agent-name': 'PIPELINE_MANAGER_AGENT_NAME in the environment',
  '--port': 'PIPELINE_MANAGER_PORT in the environment',
}

/** Why the agent of this desktop did not start. */
export function toldStartProblem(error: unknown): DesktopProblem {
  const { message, fix } = toldProblem(error)
  if (error instanceof Problem && error.code === 'already_running') {
    const place = 'it may be a headless agent of yours, in a terminal or as a service'
    return { message, fix: `Stop that one first (${place}), then try again here.` }
  }
  return { message, fix: fix?.replaceAll(/--[a-z-]+/g, (flag) => insteadOfFlags[flag] ?? flag) ?? null }
}
