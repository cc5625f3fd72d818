import { z } from 'zod'
import { administering, overseeing, tokenScopes } from './base.ts'
import { brandGroups } from './brand-groups.ts'
import { change, cursor, due, id, instant, instantIn, json, limit, searchText } from './words.ts'

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
  /** Images and videos of ads that the device of this agent keeps, beside the database; null when it cannot tell. */
  files: z.object({ count: z.number().int().min(0), bytes }).nullable(),
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

const brand = z.object({
  id,
  name: z.string(),
  /** Null = in use. */
  archivedAt: instant.nullable(),
  archivedBy: z.string().nullable(),
  activeJobs: z.number().int(),
  /** In the order of the alphabet. */
  groups: z.array(z.string()),
  accounts: z.array(
    z.object({
      accountId: z.string(),
      name: z.string().nullable(),
      isPrimary: z.boolean(),
      currency: z.string().nullable(),
      timeZone: z.string().nullable(),
    }),
  ),
  /** Ages that the brand has of its own (F9, F7); without a maximum, only the warning age is one. */
  policies: z.array(
    z.object({ dataset: z.string(), maxAgeHours: z.number().nullable(), due: due.nullable(), changedAt: instant }),
  ),
  /** What `template_scrape` searches Meta's Ad Library for. */
  searches: z.array(
    z.object({
      id,
      /** Empty when pages are named. */
      terms: z.string(),
      pageIds: z.array(z.string()),
      /** Two letters each, or ALL. */
      countries: z.array(z.string()),
    }),
  ),
})
export type AdministeredBrand = z.infer<typeof brand>

const name = z.string().min(1).max(500)
const accountId = z.string().min(1).max(100)
const changed = z.object({
  /** False when it was so already. */
  changed: z.boolean(),
})
const putAway = changed.extend({
  /** Jobs that were paused, or resumed. */
  jobs: z.number().int(),
})

const importedLine = z.object({
  line: z.number().int(),
  brand: z.string(),
  outcome: z.enum(['changes', 'same', 'bad']),
  /** What it does, as sentences. */
  words: z.array(z.string()),
  problem: z
    .object({ field: z.string(), value: z.string(), message: z.string(), fix: z.string().nullable() })
    .nullable(),
})
export type ImportedLine = z.infer<typeof importedLine>

/** What narrows the record of actions. */
const actionFilter = {
  organizationId: id.nullable().default(null),
  /** In the name of who did it, in any case. */
  operator: searchText.default(''),
  /** `job`, `brand`, `token`, …; none = all. */
  subjectTypes: z.array(z.string().max(40)).max(50).default([]),
  /** `job.schedule`, `policy.set`, …; none = all. */
  actions: z.array(z.string().max(100)).max(100).default([]),
  /** In the name of the thing, now or then, or in its id. */
  text: searchText.default(''),
  /** At or after. */
  from: instantIn.nullable().default(null),
  /** Before. */
  to: instantIn.nullable().default(null),
  cursor,
  limit,
} as const

const recordedAction = z.object({
  id: z.string(),
  happenedAt: instant,
  operator: z.string(),
  door: z.string(),
  organizationId: id.nullable(),
  action: z.string(),
  subjectType: z.string(),
  subjectId: z.string(),
  /** As the thing is called now, else as it was when this was written; null when neither tells. */
  subjectName: z.string().nullable(),
  /** False as well for kinds of things that have no name of their own. */
  subjectExists: z.boolean(),
  before: json,
  after: json,
  changes: z.array(change),
})

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
  /** Needs the scope for all organizations. */
  createOrganization: administering
    .route({
      method: 'POST',
      path: '/admin/organizations',
      tags: ['admin'],
      summary: 'Makes an organization.',
      successStatus: 201,
    })
    .input(z.strictObject({ name }))
    .output(z.object({ organizationId: id })),
  /** Those in use first, then those put away. */
  brands: overseeing
    .route({
      method: 'GET',
      path: '/admin/organizations/{organizationId}/brands',
      tags: ['admin'],
      summary: 'Brands with their ad accounts and maximum ages.',
    })
    .input(z.object({ organizationId: id }))
    .output(z.object({ brands: z.array(brand), isCut: z.boolean() })),
  createBrand: administering
    .route({
      method: 'POST',
      path: '/admin/organizations/{organizationId}/brands',
      tags: ['admin'],
      summary: 'Makes a brand.',
      successStatus: 201,
    })
    .input(z.strictObject({ organizationId: id, name }))
    .output(z.object({ brandId: id })),
  renameBrand: administering
    .route({
      method: 'PATCH',
      path: '/admin/brands/{brandId}',
      tags: ['admin'],
      summary: 'Gives a brand another name.',
    })
    .input(z.strictObject({ brandId: id, name }))
    .output(changed),
  /** Its active jobs are paused; nothing is removed. */
  archiveBrand: administering
    .route({
      method: 'POST',
      path: '/admin/brands/{brandId}/archive',
      tags: ['admin'],
      summary: 'Puts a brand away.',
      successStatus: 200,
    })
    .input(z.strictObject({ brandId: id }))
    .output(putAway),
  /** The jobs that were paused for it go on. */
  restoreBrand: administering
    .route({
      method: 'POST',
      path: '/admin/brands/{brandId}/restore',
      tags: ['admin'],
      summary: 'Takes that back.',
      successStatus: 200,
    })
    .input(z.strictObject({ brandId: id }))
    .output(putAway),
  ...brandGroups,
  linkAccount: administering
    .route({
      method: 'PUT',
      path: '/admin/brands/{brandId}/accounts/{accountId}',
      tags: ['admin'],
      summary: 'Gives a brand an ad account, or changes how it has it.',
    })
    .input(
      z.strictObject({
        brandId: id,
        accountId,
        /** Absent = the name it has. */
        name: name.optional(),
        isPrimary: z.boolean().default(false),
      }),
    )
    .output(
      z.object({
        accountId: z.string(),
        /** Another brand had it first: meta_sync will refuse it here. */ isTaken: z.boolean(),
      }),
    ),
  unlinkAccount: administering
    .route({
      method: 'DELETE',
      path: '/admin/brands/{brandId}/accounts/{accountId}',
      tags: ['admin'],
      summary: 'Takes an ad account away from a brand; what was synced stays.',
    })
    .input(z.strictObject({ brandId: id, accountId }))
    .output(
      changed.extend({
        before: z.object({ accountId: z.string(), name: z.string().nullable(), isPrimary: z.boolean() }).nullable(),
      }),
    ),
  addLibrarySearch: administering
    .route({
      method: 'POST',
      path: '/admin/brands/{brandId}/library-searches',
      tags: ['admin'],
      summary: 'Has the Ad Library searched for words, pages, or words on pages.',
      successStatus: 201,
    })
    .input(
      z.strictObject({
        brandId: id,
        terms: z.string().max(1_000).default(''),
        pageIds: z.array(z.string().max(100)).max(100).default([]),
        countries: z.array(z.string().max(100)).max(300),
      }),
    )
    /** Null = the brand has it already. */
    .output(changed.extend({ searchId: id.nullable() })),
  removeLibrarySearch: administering
    .route({
      method: 'DELETE',
      path: '/admin/brands/{brandId}/library-searches/{searchId}',
      tags: ['admin'],
      summary: 'Searches for it no more; what it has found stays.',
    })
    .input(z.strictObject({ brandId: id, searchId: id }))
    .output(changed),
  /** Without `apply` it only says what each line would do. With it all of them are done, or, when one is bad, none. */
  importBrands: administering
    .route({
      method: 'POST',
      path: '/admin/organizations/{organizationId}/brands/import',
      tags: ['admin'],
      summary: 'Brands, their groups, ad accounts and maximum ages from CSV.',
      successStatus: 200,
    })
    .input(z.strictObject({ organizationId: id, csv: z.string().max(1_000_000), apply: z.boolean().default(false) }))
    .output(z.object({ applied: z.boolean(), lines: z.array(importedLine) })),
  /** What people did, the newest first. */
  actions: overseeing
    .route({ method: 'GET', path: '/admin/actions', tags: ['admin'], summary: 'What people did, the newest first.' })
    .input(z.object(actionFilter))
    .output(z.object({ actions: z.array(recordedAction), nextCursor: z.string().nullable() })),
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
          scope: z.enum(tokenScopes),
          organizationId: id.nullable(),
          createdAt: instant,
          createdBy: z.string(),
          lastUsedAt: instant.nullable(),
          expiresAt: instant.nullable(),
          revokedAt: instant.nullable(),
        }),
      ),
    ),
  /** It works nowhere from then on, and never again. An administrator of one organization revokes that one's tokens alone. */
  revokeToken: administering
    .route({
      method: 'DELETE',
      path: '/admin/tokens/{tokenId}',
      tags: ['admin'],
      summary: 'Revokes a token, for good.',
    })
    .input(z.strictObject({ tokenId: id }))
    .output(changed),
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
