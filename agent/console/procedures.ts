import { type ImplementerInternalWithMiddlewares, implement, ORPCError } from '@orpc/server'
import { type Scope, scopes } from '../../shared/contract/base.ts'
import { type Contract, contract } from '../../shared/contract/index.ts'
import { describeError, Problem } from '../../shared/errors.ts'
import { requireOrganization } from './access.ts'
import type { ConsoleContext, Identity } from './context.ts'
import { callerError } from './errors.ts'
import { answerCall, checkedInput } from './without-database.ts'

const base = implement(contract).$context<ConsoleContext>()

/** What goes wrong behind any call leaves as a stable code, or as nothing but "unexpected". */
const errors = base.middleware(async ({ context, next, path }) => {
  try {
    return await next()
  } catch (thrown) {
    const expected = callerError(thrown)
    if (expected !== null) throw expected
    context.services.onTrouble(`${path.join('.')} failed: ${describeError(thrown)}`)
    throw new ORPCError('INTERNAL_SERVER_ERROR', { message: 'The agent could not answer; its log says why.' })
  }
})

/** Each call says in the contract what it takes to make it. */
const authorize = base.middleware(({ context, next, procedure }) => {
  requireScope(context.identity, procedure['~orpc'].meta.scope)
  return next()
})

/** Each call says in the contract what becomes of it while the database is away. */
const remember = base.middleware(async ({ context, next, path, procedure }, input, output) =>
  output(
    await answerCall(procedure['~orpc'].meta.withoutDatabase, {
      name: path.join('.'),
      context,
      checkedInput: () => checkedInput(procedure['~orpc'].inputSchema, input),
      answer: async (): Promise<unknown> => (await next()).output,
    }),
  ),
)

/** Some calls name no organization (the catalog); whoever is bound to one still needs the section to be on there. */
const requireSection = base.middleware(async ({ context, next, procedure }) => {
  const { gated, withoutDatabase } = procedure['~orpc'].meta
  const own = context.identity.organizationId
  // What needs no database cannot ask it; where it is about an organization, it looks for itself as soon as it can.
  if (gated && own !== null && withoutDatabase !== 'local') await requireOrganization(context, own)
  return next()
})

function requireScope(identity: Identity, needed: Scope): void {
  // `ingest` has no place in the order: it includes nothing.
  if (scopes.findIndex((scope) => scope === identity.scope) >= scopes.indexOf(needed)) return
  throw new Problem('not_allowed', `${identity.operator} may ${identity.scope}; this takes the scope "${needed}".`, {
    field: 'scope',
    value: identity.scope,
    fix: `Use a token with the scope ${needed}: pm token create --name <name> --scope ${needed}`,
  })
}

/** Every call of the contract, to be implemented: `procedures.jobs.list.handler(…)`. */
// The type is written down because, inferred, the contract is longer than what the compiler writes out (TS7056).
export const procedures: ImplementerInternalWithMiddlewares<Contract, ConsoleContext, ConsoleContext> = base
  .use(errors)
  .use(authorize)
  .use(remember)
  .use(requireSection)
