import { z } from 'zod'
import { administering, overseeing } from './base.ts'
import { cursor, id, instant, json, limit } from './words.ts'

const bytes = z.number().int().min(0)
const days = z.number().int().min(1)

/** What sweeps have removed: table → rows. */
const removed = z.record(z.string(), z.number().int())

const storedTable = z.object({
  table: z.string(),
  label: z.string(),
  /** As the server estimates. */
  rows: z.number().int().min(0),
  bytes,
  /** Of these: rows, indexes, and long values, which are kept apart. */
  heapBytes: bytes,
  indexBytes: bytes,
  toastBytes: bytes,
  /** Lately; null until it was watched for an hour. */
  rowsPerDay: z.number().nullable(),
  /** On average; null: for ever, or not known before the first sweep. */
  keepDays: z.number().nullable(),
  bytesIn30Days: bytes.nullable(),
  bytesIn90Days: bytes.nullable(),
  /** Null: never, or not known yet. */
  levelsOffAtBytes: bytes.nullable(),
})
export type StoredTable = z.infer<typeof storedTable>

const storage = z.object({
  asOf: instant,
  databaseBytes: bytes,
  /** Of the tables below together. */
  bytes,
  bytesIn30Days: bytes.nullable(),
  bytesIn90Days: bytes.nullable(),
  tables: z.array(storedTable),
  /** Of the last sweep; null before the first one. */
  keepDays: z.object({ logs: days, successfulRuns: days, failedRuns: days, history: days, incidents: days }).nullable(),
  /** The last one, and the last ones that removed something or failed; the newest first. */
  sweeps: z.array(
    z.object({
      startedAt: instant,
      /** When it last told how far it is. */
      updatedAt: instant,
      endedAt: instant.nullable(),
      agentName: z.string().nullable(),
      state: z.enum(['running', 'completed', 'stopped', 'failed']),
      failure: z.string().nullable(),
      removed,
    }),
  ),
  /** The agent that sweeps; null while none does. */
  leader: z.object({ agentName: z.string().nullable(), since: instant }).nullable(),
})
export type Storage = z.infer<typeof storage>

export const admin = {
  features: overseeing
    .route({
      method: 'GET',
      path: '/admin/features',
      tags: ['admin'],
      summary: 'Sections that are on or off per organization.',
    })
    .output(
      z.array(
        z.object({
          organizationId: id,
          organizationName: z.string(),
          brands: z.number().int(),
          feature: z.string(),
          enabled: z.boolean(),
          /** Null: nobody has decided yet, which counts as off. */
          changedAt: instant.nullable(),
          changedBy: z.string().nullable(),
        }),
      ),
    ),
  setFeature: administering
    .route({
      method: 'PUT',
      path: '/admin/organizations/{organizationId}/features/{feature}',
      tags: ['admin'],
      summary: 'Switches a section on or off.',
    })
    .input(z.strictObject({ organizationId: id, feature: z.string().min(1).max(100), enabled: z.boolean() }))
    .output(z.object({ changed: z.boolean() })),
  /** What people did, the newest first. */
  actions: overseeing
    .route({ method: 'GET', path: '/admin/actions', tags: ['admin'], summary: 'What people did, the newest first.' })
    .input(z.object({ organizationId: id.nullable().default(null), cursor, limit }))
    .output(
      z.object({
        actions: z.array(
          z.object({
            id: z.string(),
            happenedAt: instant,
            operator: z.string(),
            door: z.string(),
            organizationId: id.nullable(),
            action: z.string(),
            subjectType: z.string(),
            subjectId: z.string(),
            before: json,
            after: json,
          }),
        ),
        nextCursor: z.string().nullable(),
      }),
    ),
  /** What they are is not kept on devices. */
  tokens: administering
    .meta({ scope: 'admin', gated: false, withoutDatabase: 'asked' })
    .route({
      method: 'GET',
      path: '/admin/tokens',
      tags: ['admin'],
      summary: 'Tokens of programs; never the tokens themselves.',
    })
    .output(
      z.array(
        z.object({
          id,
          name: z.string(),
          scope: z.enum(['read', 'operate', 'admin']),
          organizationId: id.nullable(),
          createdAt: instant,
          createdBy: z.string(),
          lastUsedAt: instant.nullable(),
          expiresAt: instant.nullable(),
          revokedAt: instant.nullable(),
        }),
      ),
    ),
  /** How large the tables are and will be, and what was removed. For administrators of all organizations: it is about all of them. */
  storage: administering
    .route({
      method: 'GET',
      path: '/admin/storage',
      tags: ['admin'],
      summary: 'How large the tables are and will be, and what was removed from them.',
    })
    .output(storage),
}
