import { RPCHandler } from '@orpc/server/fastify'
import { doorRules } from '../console/door-rules.ts'
import { consoleRouter } from '../console/router.ts'
import type { Handle } from './doors.ts'

/** The door of the console. */
export function rpcDoor(options: { readonly isReadOnly: boolean }): Handle {
  const handler = new RPCHandler(consoleRouter, doorRules(options))
  return (request, reply, given) => handler.handle(request, reply, given)
}
