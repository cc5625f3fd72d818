import { StandardRPCSerializer } from '@orpc/client/standard'
import { FastifyHandler } from '@orpc/server/fastify'
import { StrictGetMethodPlugin } from '@orpc/server/plugins'
import { StandardHandler, StandardRPCCodec, StandardRPCMatcher } from '@orpc/server/standard'
import { doorRules } from '../console/door-rules.ts'
import { consoleRouter } from '../console/router.ts'
import { AnswerSerializer } from './answer-serializer.ts'
import type { Handle } from './doors.ts'

/** The door of the console: oRPC's own handler (`RPCHandler`), put together here because it takes no serializer. */
export function rpcDoor(options: { readonly isReadOnly: boolean }): Handle {
  const codec = new StandardRPCCodec(new StandardRPCSerializer(new AnswerSerializer()))
  const rules = { ...doorRules(options), plugins: [new StrictGetMethodPlugin()] }
  const handler = new FastifyHandler(new StandardHandler(consoleRouter, new StandardRPCMatcher(), codec, rules))
  return (request, reply, given) => handler.handle(request, reply, given)
}
