import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { liveTopics } from '../live-topics.ts'
import { reading } from './base.ts'
import { databaseConnection } from './connection.ts'
import { id, instant } from './words.ts'

export type { LiveTopic } from '../live-topics.ts'

/** What may have changed is a hint: whoever shows it asks again. */
export const liveEvent = z.discriminatedUnion('type', [
  /** At the beginning, and again whenever the server may have missed something: everything on screen is asked anew. */
  z.object({ type: z.literal('hello'), asOf: instant }),
  z.object({ type: z.literal('changed'), topics: z.array(z.enum(liveTopics)), asOf: instant }),
  /** Every five seconds: the agent lives, and this is the time. */
  z.object({ type: z.literal('beat'), asOf: instant }),
  /** First, with each change, and after each try: whether the database answers the agent. What is on screen stays, with its age. */
  databaseConnection.extend({ type: z.literal('database'), reachable: z.boolean(), asOf: instant }),
])
export type LiveEvent = z.infer<typeof liveEvent>

export const live = {
  /** Changes made by anybody, within a second; several at once are told once. */
  changes: reading
    .meta({ scope: 'read', gated: true, withoutDatabase: 'local' })
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/changes',
      tags: ['live'],
      summary: 'Says what may have changed, as a stream.',
    })
    .input(z.object({ organizationId: id }))
    .output(eventIterator(liveEvent)),
}
