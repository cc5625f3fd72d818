import { ORPCError } from '@orpc/server'
import type { StandardHandlerOptions } from '@orpc/server/standard'
import type { CallRules } from '../../shared/contract/base.ts'
import { keptAsOfHeader } from '../../shared/contract/headers.ts'
import { describeError, Problem } from '../../shared/errors.ts'
import type { AnswerNote, ConsoleContext } from './context.ts'
import { callerError } from './errors.ts'

type Options = StandardHandlerOptions<ConsoleContext>
type CallInterceptor = NonNullable<Options['clientInterceptors']>[number]
type RequestInterceptor = NonNullable<Options['interceptors']>[number]

export interface DoorRules {
  readonly interceptors: RequestInterceptor[]
  readonly clientInterceptors: CallInterceptor[]
}

/** What every door does around a call. A new one for each handler: handlers add to the lists. */
export function doorRules({ isReadOnly }: { readonly isReadOnly: boolean }): DoorRules {
  return {
    interceptors: [tellAge, reportFaults],
    clientInterceptors: isReadOnly ? [tellCaller, refuseChanges] : [tellCaller],
  }
}

/** An answer from before the database went away says so in a header, through whatever door it leaves. */
const tellAge: RequestInterceptor = async (options) => {
  const note: AnswerNote = { keptAsOf: null }
  const result = await options.next({ ...options, context: { ...options.context, note } })
  if (!result.matched || note.keptAsOf === null) return result
  const headers = { ...result.response.headers, [keptAsOfHeader]: note.keptAsOf.toISOString() }
  return { ...result, response: { ...result.response, headers } }
}

/** What goes wrong around a call, such as an answer that cannot be written down, reaches the log. */
const reportFaults: RequestInterceptor = async (options) => {
  try {
    return await options.next()
  } catch (thrown) {
    if (!(thrown instanceof ORPCError)) {
      options.context.services.onTrouble(`${options.request.url.pathname} failed: ${describeError(thrown)}`)
    }
    throw thrown
  }
}

/** Problems that a call's own middlewares do not see leave as they do from within. */
const tellCaller: CallInterceptor = async (options) => {
  try {
    return await options.next()
  } catch (thrown) {
    throw callerError(thrown) ?? thrown
  }
}

/** The setting `read_only`: whatever takes more than the scope `read` is refused, whoever asks. */
const refuseChanges: CallInterceptor = (options) => {
  // Every procedure of ours carries the rules that shared/contract/base.ts gives it.
  const { scope } = options.procedure['~orpc'].meta as CallRules
  if (scope === 'read') return options.next()
  throw new Problem('not_allowed', 'This agent is set to read only: nothing can be changed through it.', {
    field: 'read_only',
    value: true,
    fix: 'Use another agent, or take the setting read_only away from this one.',
  })
}
