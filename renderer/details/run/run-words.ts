/** A run in words. Rows of other programs may hold any status, problem or trigger; what we do not know is shown as it is. */
import type { RunRow } from '../../../shared/contract/runs.ts'
import { type StateName, stateNamed, stateWord } from '../../components/state-mark.tsx'

export interface ShownState {
  readonly state: StateName
  /** Instead of the usual word of the mark. */
  readonly word: string
}

const statesOfProblems: Readonly<Record<string, ShownState | undefined>> = {
  warnings: { state: 'warnings', word: 'With warnings' },
  outcome_unknown: { state: 'outcome_unknown', word: 'Outcome unknown' },
  timed_out: { state: 'failed', word: 'Timed out' },
  agent_lost: { state: 'failed', word: 'Agent lost' },
  lease_lost: { state: 'failed', word: 'Lease lost' },
  released: { state: 'cancelled', word: 'Given back' },
  snoozed: { state: 'cancelled', word: 'Put off' },
}

/** `completed`, `failed` and the other ends tell more with their problem; an unknown status is its own word with the unknown mark. */
export function stateOfRun({ status, problem }: Pick<RunRow, 'status' | 'problem'>): ShownState {
  const told = status === 'running' || status === 'pending' ? undefined : statesOfProblems[problem ?? '']
  if (told !== undefined && ['completed', 'failed', 'cancelled'].includes(status)) return told
  return stateOfWord(status)
}

const runStates: readonly StateName[] = ['pending', 'running', 'completed', 'failed', 'cancelled', 'skipped']

/** For runs and steps: only their own words count, so that a status `fresh` of another program stays unknown. */
export function stateOfWord(word: string): ShownState {
  const state = stateNamed(word)
  if (runStates.includes(state)) return { state, word: stateWord(state) }
  return { state: 'unknown', word: word.trim() === '' ? 'Unknown' : shortened(word, 60) }
}

const problemSentences: Readonly<Record<string, string | undefined>> = {
  warnings: 'A step that is not fatal failed; the rest of the run is complete.',
  failed: 'A fatal step failed, so the steps after it were skipped.',
  timed_out: 'It took longer than its job type allows and was stopped.',
  lease_lost: 'Its agent could not renew its claim in time; what it wrote after that was refused.',
  agent_lost: 'Its agent stopped answering; the job was queued again as the next attempt.',
  outcome_unknown: 'It is not known whether the work was done.',
  invalid_parameters: 'Its parameters do not fit the job type. Correct them, then run it again.',
  configuration: 'Something that the job type needs is not set up on the agent. Correct it, then run it again.',
  cancelled: 'It was cancelled.',
  released: 'Its agent stopped and gave it back; another run goes on with the same attempt number.',
  snoozed: 'It was put off, as the source asked; another run goes on with the same attempt number.',
}

/** One sentence on why the run needs attention; null when it does not. */
export function problemInWords(problem: string | null): string | null {
  return problem === null ? null : (problemSentences[problem] ?? `Problem: ${shortened(problem, 200)}`)
}

const triggerWords = { scheduled: 'Schedule', manual: 'Run now', api: 'API' } as const

export function triggerInWords(trigger: RunRow['triggerSource']): string {
  return trigger === null ? 'Not known' : triggerWords[trigger]
}

/** "attempt 2 of 4"; the count is left out when the job does not say how often it is tried. */
export function attemptInWords(attempt: number, maxRetries: number | null): string {
  return maxRetries === null || maxRetries + 1 < attempt
    ? `attempt ${attempt}`
    : `attempt ${attempt} of ${maxRetries + 1}`
}

/** Whose run it is. Platform jobs have no brand; of a brand that was deleted only its id is left. */
export function brandInWords(brand: RunRow['brand']): string {
  if (brand === null) return 'Platform'
  return brand.name.trim() === '' ? 'Deleted brand' : brand.name
}

/** Names the run for screen readers, buttons and questions: "meta_sync for Acme". */
export function runInWords(run: Pick<RunRow, 'jobName' | 'jobType' | 'brand'>): string {
  const job = run.jobName.trim() === '' ? run.jobType : run.jobName
  return run.brand === null
    ? shortened(job, 120)
    : `${shortened(job, 120)} for ${shortened(brandInWords(run.brand), 120)}`
}

export function isInProgress(status: string): boolean {
  return status === 'running' || status === 'pending'
}

/** Why a run cannot be cancelled; null when it can. */
export function whyNotCancel(run: { readonly status: string; readonly cancelRequestedAt: Date | null }): string | null {
  if (!isInProgress(run.status)) return 'It has ended.'
  return run.cancelRequestedAt === null ? null : 'It has been asked to stop; its agent is stopping it.'
}

export function shortened(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}…`
}
