import type { AnySchema } from '@orpc/contract'
import type { WithoutDatabase } from '../../shared/contract/base.ts'
import { answeredWithin } from '../scheduler/settled-within.ts'
import { isUnreachable } from '../store/database.ts'
import { requireOwn } from './access.ts'
import { organizationOf } from './command-queue.ts'
import type { ConsoleContext } from './context.ts'
import type { KeptAnswer, Question } from './kept-answers.ts'

/** A call that is being made, seen from around it. */
export interface CallUnderWay {
  /** `jobs.list` */
  readonly name: string
  readonly context: ConsoleContext
  /** As the contract has it, defaults and all; null when it is not as the contract wants it. */
  readonly checkedInput: () => Promise<{ readonly value: unknown } | null>
  /** What the call itself answers. */
  readonly answer: () => Promise<unknown>
}

/** Milliseconds. */
const patience = {
  /** At the start of the agent, for the database's first word. */
  start: 8_000,
  /** For an answer, where there is an older one that can be given instead. */
  answer: 2_500,
}

/** Answers a call with the database or, by the rule of the call, without. */
export function answerCall(rule: WithoutDatabase, call: CallUnderWay): Promise<unknown> {
  return rules[rule](call)
}

/** Total: a new rule has to say what it does. */
const rules: Readonly<Record<WithoutDatabase, (call: CallUnderWay) => Promise<unknown>>> = {
  kept: (call) => (call.context.identity.door === 'console' ? askOrRemember(call) : ask(call)),
  asked: ask,
  waits: changeNowOrLater,
  refused: change,
  local: (call) => call.answer(),
}

async function ask({ context, answer }: CallUnderWay): Promise<unknown> {
  const { supervisor } = context.services
  if (!supervisor.canRead) await supervisor.settled(patience.start)
  if (!supervisor.canRead) throw supervisor.problem()
  return answer()
}

async function change({ context, answer }: CallUnderWay): Promise<unknown> {
  const { supervisor } = context.services
  if (!supervisor.canChange) await supervisor.settled(patience.start)
  if (!supervisor.canChange) throw supervisor.problem()
  return answer()
}

async function changeNowOrLater(call: CallUnderWay): Promise<unknown> {
  const { identity, isLate, services } = call.context
  const { supervisor, commands } = services
  if (isLate === true) return change(call)
  if (!supervisor.canChange) await supervisor.settled(patience.start)
  const input = supervisor.canChange ? null : await call.checkedInput()
  // What is not as the contract wants it is refused by the call itself, database or not.
  if (input === null) return call.answer()
  const organizationId = organizationOf(input.value)
  if (organizationId !== null) requireOwn(call.context, organizationId)
  return commands.add(call.name, input.value, identity)
}

/** O1: what was answered last, when the database is away, is lost in the middle, or takes too long. */
async function askOrRemember(call: CallUnderWay): Promise<unknown> {
  const { context, name } = call
  const { supervisor, answers } = context.services
  const input = await call.checkedInput()
  if (input === null) return call.answer()
  const question: Question = { call: name, input: input.value, identity: context.identity }
  const remembered = (): KeptAnswer | null => answers.find(question)
  if (!supervisor.canRead) {
    const kept = remembered()
    if (kept !== null) return told(context, kept)
    await supervisor.settled(patience.start)
    if (!supervisor.canRead) throw supervisor.problem()
  }
  const asked = call.answer().then((answer) => {
    answers.keep(question, answer)
    return answer
  })
  try {
    const arrived = asked.then(() => true)
    if (await answeredWithin(arrived, patience.answer, false)) return await asked
  } catch (error) {
    const kept = isUnreachable(error) ? remembered() : null
    if (kept === null) throw error
    return told(context, kept)
  }
  const kept = remembered()
  if (kept === null) return asked
  // It is kept when it comes after all; whether it fails is seen by whoever watches over the database.
  asked.catch(() => undefined)
  return told(context, kept)
}

/** The door tells the caller that this is what was true then. */
function told({ note }: ConsoleContext, { answer, asOf }: KeptAnswer): unknown {
  if (note !== undefined) note.keptAsOf = asOf
  return answer
}

/** Null when the input is not as the schema of its call wants it; a call without one takes none. */
export async function checkedInput(
  schema: AnySchema | undefined,
  input: unknown,
): Promise<{ readonly value: unknown } | null> {
  if (schema === undefined) return { value: null }
  const checked = await schema['~standard'].validate(input)
  return checked.issues === undefined ? { value: checked.value } : null
}
