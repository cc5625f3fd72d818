import { OpenAPIHandler } from '@orpc/openapi/fastify'
import { doorRules } from '../console/door-rules.ts'
import { consoleRouter } from '../console/router.ts'
import type { Handle } from './doors.ts'
import { QueryValues } from './query-values.ts'

/** The door of other programs. */
export function restDoor(options: { readonly isReadOnly: boolean }): Handle {
  const handler = new OpenAPIHandler(consoleRouter, { ...doorRules(options), plugins: [new QueryValues()] })
  return (request, reply, given) => handler.handle(request, reply, given)
}
