import type { AnySchema } from '@orpc/contract'
import { JsonSchemaCoercer } from '@orpc/json-schema'
import type { JSONSchema } from '@orpc/openapi'
import type { StandardHandlerOptions, StandardHandlerPlugin } from '@orpc/server/standard'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import type { ConsoleContext } from '../console/context.ts'

/**
 * A query string holds only text: of calls that are made with GET, text becomes the number, the boolean or the list of one that the
 * schema asks for. Bodies are left as they are, so that `"false"` stays no boolean and `""` no number (bad input 23).
 */
export class QueryValues implements StandardHandlerPlugin<ConsoleContext> {
  readonly #converter = new ZodToJsonSchemaConverter()
  readonly #coercer = new JsonSchemaCoercer()
  readonly #schemas = new WeakMap<AnySchema, JSONSchema>()

  init(options: StandardHandlerOptions<ConsoleContext>): void {
    options.clientInterceptors = [
      ...(options.clientInterceptors ?? []),
      (call) => {
        const { inputSchema, route } = call.procedure['~orpc']
        if (inputSchema === undefined || route.method !== 'GET') return call.next()
        const schema = this.#schemaOf(inputSchema)
        return call.next({ ...call, input: this.#coercer.coerce(schema, withLists(schema, call.input)) })
      },
    ]
  }

  #schemaOf(inputSchema: AnySchema): JSONSchema {
    let schema = this.#schemas.get(inputSchema)
    if (schema === undefined) {
      ;[, schema] = this.#converter.convert(inputSchema, { strategy: 'input' })
      this.#schemas.set(inputSchema, schema)
    }
    return schema
  }
}

/** `?states=dead` is a list of one, like `?states[]=dead` and `?states=dead&states=retrying`. */
function withLists(schema: JSONSchema, input: unknown): unknown {
  if (typeof schema === 'boolean' || schema.properties === undefined) return input
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input
  const entries = Object.entries(input).map(([name, value]): [string, unknown] => {
    const property = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined
    return [name, typeof value === 'string' && isList(property) ? [value] : value]
  })
  return Object.fromEntries(entries)
}

function isList(schema: JSONSchema | undefined): boolean {
  return typeof schema === 'object' && schema.type === 'array'
}
