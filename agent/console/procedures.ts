import { implement, ORPCError } from '@orpc/server'
import { scopes } from '../../shared/contract/base.ts'
import { contract } from '../../shared/contract/index.ts'
import { describeError, Problem } from '../../shared/errors.ts'
import { requireOrganization } from './access.ts'
import type { ConsoleContext, Identity } from './context.ts'
import { callerError } from './errors.ts'

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
const authorize = base.middleware(async ({ context, next, procedure }) => {
  const { scope, gated } = procedure['~orpc'].meta
  requireScope(context.identity, scope)
  // Some calls name no organization (the catalog); whoever is bound to one still needs the section to be on there.
  const own = context.identity.organizationId
  if (gated && own !== null) await requireOrganization(context, own)
  return next()
})

function requireScope(identity: Identity, needed: (typeof scopes)[number]): void {
  if (scopes.indexOf(identity.scope) >= scopes.indexOf(needed)) return
  throw new Problem('not_allowed', `${identity.operator} may ${identity.scope}; this takes the scope "${needed}".`, {
    field: 'scope',
    value: identity.scope,
    fix: `Use a token with the scope ${needed}: pm token create --scope ${needed}`,
  })
}

/** Every call of the contract, to be implemented: `procedures.jobs.list.handler(…)`. */
export const procedures = base.use(errors).use(authorize)
