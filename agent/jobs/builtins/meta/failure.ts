import { GraphFailure, type GraphFailureKind } from '../../../connectors/meta/graph-failure.ts'
import { StepFailure, type StepFailureKind } from '../../executors/executor.ts'

interface Meaning {
  readonly kind: StepFailureKind
  /** What a person has to do; null = nothing, it is tried again. */
  readonly advice: ((tokenName: string) => string) | null
}

/** What a failed question to Meta means for the run. */
const meanings: Readonly<Record<GraphFailureKind, Meaning>> = {
  rate_limited: { kind: 'rate_limited', advice: null },
  token: {
    kind: 'configuration',
    advice: (name) =>
      `The access token in ${name} is not valid any more. Create a new one in Meta's Business settings (System users), ` +
      `put it into ${name} in the environment of the agent, start the agent anew, and retry the job.`,
  },
  permission: {
    kind: 'configuration',
    advice: (name) =>
      `Give whoever the token in ${name} belongs to access to it in Meta's Business settings (with the permission ads_read), ` +
      'or take the account away from the brand.',
  },
  too_much_data: { kind: 'retryable', advice: null },
  too_slow: { kind: 'retryable', advice: null },
  transient: { kind: 'retryable', advice: null },
  broken_answer: { kind: 'retryable', advice: null },
  refused: {
    kind: 'configuration',
    advice: () =>
      'Meta does not take the request as this program makes it: look whether meta_graph_url names a version that it knows.',
  },
}

/** `tokenName` names the variable that holds the token. Anything but a GraphFailure is returned as it is. */
export function asStepFailure(error: unknown, tokenName: string): unknown {
  if (!(error instanceof GraphFailure)) return error
  const { kind, advice } = meanings[error.kind]
  const message = advice === null ? error.message : `${error.message} ${advice(tokenName)}`
  const { retryAfterMs } = error
  return new StepFailure(kind, message, { cause: error.cause, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
}
