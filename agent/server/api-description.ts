import { OpenAPIGenerator } from '@orpc/openapi'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { contract } from '../../shared/contract/index.ts'

/** The OpenAPI 3.1 document of all calls, as JSON; it depends on the program alone. */
export async function describeApi(version: string): Promise<string> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] })
  const document = await generator.generate(contract, {
    info: { title: 'Pipeline Manager', version, description },
    servers: [{ url: '/api' }],
    security: [{ token: [] }],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Made with "pm token create"; shown once.' },
      },
    },
  })
  return JSON.stringify(document)
}

const description = `Everything the console does, for other programs.

- Every call takes a token: \`Authorization: Bearer pm_…\`, with the scope read, operate or admin; each includes those before it.
- Instants are ISO 8601; those that come in carry their offset. Unknown fields of a body are refused.
- Lists are paged by \`nextCursor\`: send it as \`cursor\` for the next page.
- An error is \`{ code, status, message, data: { field, value, fix } }\`. Codes are stable, messages are for people. After a 429, \`Retry-After\` says in how many seconds to ask again.
- Repeating a command changes nothing more; where one starts work, the same \`requestId\` starts it once.
- Streams are Server-Sent Events: \`event: message\` with JSON, a comment every five seconds, \`event: done\` at the end.`
