import { z } from 'zod'
import { databaseCauses, databaseStates } from '../connection.ts'
import { local } from './base.ts'
import { id, instant, jsonObject } from './words.ts'

/** What the agent knows about the way to its database. Instants are by the database's clock as far as it is known. */
export const databaseConnection = z.object({
  state: z.enum(databaseStates),
  cause: z.enum(databaseCauses).nullable(),
  /** In a sentence; null while all is well. Without a cause it keeps nobody from work: changes are looked for instead of heard. */
  reason: z.string().nullable(),
  /** What a person can do about it. */
  fix: z.string().nullable(),
  /** When this state began. */
  since: instant,
  /** Null while all is well, and while a try is under way. */
  nextTryAt: instant.nullable(),
})

const answer = databaseConnection.extend({
  asOf: instant,
  /** Commands of operators that wait for the database, and those that made no sense any more when it was back. */
  waitingCommands: z.number().int(),
  conflicts: z.number().int(),
  /** Runs that have ended and whose result waits on the agent's device. */
  waitingResults: z.number().int(),
  /** Of the store on that device: why nothing can be kept there, and what was lost; whole sentences. */
  store: z.object({ reason: z.string().nullable(), loss: z.string().nullable() }),
})

const command = z.object({
  id,
  /** The call, `incidents.acknowledge`, and what it was given. */
  call: z.string(),
  input: jsonObject,
  /** Ids of what it is about. */
  subjects: z.array(z.string()),
  organizationId: id.nullable(),
  operator: z.string(),
  askedAt: instant,
  state: z.enum(['waiting', 'conflict']),
  /** Of a conflict: why it was not done. */
  message: z.string().nullable(),
})
export type QueuedCommand = z.infer<typeof command>

const tags = ['connection']
const readingLocal = local.meta({ scope: 'read', gated: false, withoutDatabase: 'local' })

export const connection = {
  get: readingLocal
    .route({
      method: 'GET',
      path: '/connection',
      tags,
      summary: 'Whether the agent reaches its database, and if not, why.',
    })
    .output(answer),
  /** Answers when the outcome is known. */
  retry: local
    .route({ method: 'POST', path: '/connection/retry', tags, summary: 'Tries to reach the database now.' })
    .output(answer),
  /** The oldest first. */
  queue: readingLocal
    .route({
      method: 'GET',
      path: '/connection/queue',
      tags,
      summary: 'What operators asked for while the database was away.',
    })
    .output(z.object({ commands: z.array(command) })),
  /** A conflict that was read, or something that waits and is not wanted any more. */
  dismiss: local
    .route({ method: 'DELETE', path: '/connection/queue/{id}', tags, summary: 'Takes one command from the queue.' })
    .input(z.strictObject({ id }))
    .output(z.object({ changed: z.boolean() })),
}
