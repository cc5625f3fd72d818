import { call, getRouter, isProcedure, unlazy } from '@orpc/server'
import { Problem } from '../../shared/errors.ts'
import type { ConsoleServices, Identity } from './context.ts'
import { consoleRouter } from './router.ts'

/**
 * Makes a call by its name (`incidents.acknowledge`), as this caller, behind no door: now, or not at all.
 * @throws as the call does; Problem `not_found` when this version has no such call.
 */
export async function makeCall(
  services: ConsoleServices,
  { name, input, identity }: { readonly name: string; readonly input: unknown; readonly identity: Identity },
): Promise<unknown> {
  const path = name.split('.')
  const found: unknown = getRouter(consoleRouter, path)
  const { default: procedure } = await unlazy(found as never)
  if (!isProcedure(procedure)) throw new Problem('not_found', `This version of the agent has no call ${name}.`)
  return call(procedure, input, { path, context: { identity, services, isLate: true } })
}
