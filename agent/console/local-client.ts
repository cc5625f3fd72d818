import { createRouterClient, type RouterClient } from '@orpc/server'
import type { ConsoleServices, Identity } from './context.ts'
import { type ConsoleRouter, consoleRouter } from './router.ts'

export type LocalClient = RouterClient<ConsoleRouter>

/** The calls of the contract from within the process, as this person and behind no door. Services are asked for with each call. */
export function localClient(identity: Identity, services: () => ConsoleServices): LocalClient {
  return createRouterClient(consoleRouter, { context: () => ({ identity, services: services() }) })
}
