import { z } from 'zod'
import { databaseCauses, databaseStates } from '../connection.ts'
import { local } from './base.ts'
import { instant } from './words.ts'

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

const answer = databaseConnection.extend({ asOf: instant })
const tags = ['connection']

export const connection = {
  get: local
    .meta({ scope: 'read', gated: false, withoutDatabase: 'local' })
    .route({
      method: 'GET',
      path: '/connection',
      tags,
      summary: 'Whether the agent reaches its database, and if not, why.',
    })
    .output(answer),
  /** Answers when the outcome is known, or after a few seconds. */
  retry: local
    .route({ method: 'POST', path: '/connection/retry', tags, summary: 'Tries to reach the database now.' })
    .output(answer),
}
