import { oc } from '@orpc/contract'
import { z } from 'zod'
import type { ProblemCode } from '../errors.ts'

/** What a caller may do; each includes those before it. A token carries one, a person at this machine has `admin`. */
export const scopes = ['read', 'operate', 'admin'] as const
export type Scope = (typeof scopes)[number]

/** What a token may. `ingest` stands apart from the order above: it may feed the intakes, as all but `read` may, and make no call. */
export const tokenScopes = [...scopes, 'ingest'] as const
export type TokenScope = (typeof tokenScopes)[number]

/**
 * What becomes of a call while the database is away. `kept`: people are answered as they were answered last; programs, which act on what
 * they hear, are refused. `asked`: an answer that is not kept, and refused. `waits`: done when the database is back, if it still makes
 * sense then. `refused`: with the reason and the next try, also while the database only takes no changes. `local`: it needs no database.
 */
export type WithoutDatabase = 'kept' | 'asked' | 'waits' | 'refused' | 'local'

/** What every call says about itself; the server holds each call to it, in one place. */
export interface CallRules {
  readonly scope: Scope
  readonly withoutDatabase: WithoutDatabase
  /** Organizations that have the section switched off do not get an answer; only Admin and what the frame needs are never gated. */
  readonly gated: boolean
}

/** A code in capitals, as REST bodies and typed errors carry it: `not_found` → `NOT_FOUND`. */
export type ErrorCode = Uppercase<ProblemCode>

/** HTTP status of each stable code; a new code does not compile until it has one. */
export const errorStatus = {
  INVALID_INPUT: 400,
  INVALID_CONFIGURATION: 400,
  INVALID_CATALOG: 400,
  INVALID_PARAMETERS: 422,
  NOT_FOUND: 404,
  AMBIGUOUS: 409,
  CONFLICT: 409,
  NOT_ALLOWED: 403,
  UNAUTHORIZED: 401,
  ALREADY_RUNNING: 409,
  DATABASE_UNREACHABLE: 503,
  DATABASE_REFUSED: 503,
  SCHEMA_OLDER: 503,
  SCHEMA_NEWER: 503,
  MIGRATION_EDITED: 503,
  MIGRATION_FAILED: 503,
  UNAVAILABLE: 503,
  TOO_MANY_REQUESTS: 429,
} as const satisfies Record<ErrorCode, number>

/** What a person needs to act on an error: the field, what was given (cut to 200 characters), and what to do. */
export const problemData = z.object({
  field: z.string().nullable(),
  value: z.string().nullable(),
  fix: z.string().nullable(),
})
export type ProblemData = z.infer<typeof problemData>

type ErrorItem = { readonly status: number; readonly data: typeof problemData }
// Built from the table above, so that no code can be left out; `fromEntries` forgets the keys.
export const contractErrors = Object.fromEntries(
  Object.entries(errorStatus).map(([code, status]) => [code, { status, data: problemData }]),
) as unknown as Record<ErrorCode, ErrorItem>

const base = oc.$meta<CallRules>({ scope: 'admin', gated: true, withoutDatabase: 'refused' }).errors(contractErrors)

/** A call that changes nothing. */
export const reading = base.meta({ scope: 'read', gated: true, withoutDatabase: 'kept' })
/** A call that starts, stops or changes work; it is written to the record of what people did. */
export const operating = base.meta({ scope: 'operate', gated: true, withoutDatabase: 'refused' })
/** A word of an operator that can be said later as well: it changes no work. */
export const deferring = base.meta({ scope: 'operate', gated: true, withoutDatabase: 'waits' })
/** Calls of the Admin page; never gated. */
export const administering = base.meta({ scope: 'admin', gated: false, withoutDatabase: 'refused' })
/** Those of them that change nothing. */
export const overseeing = base.meta({ scope: 'admin', gated: false, withoutDatabase: 'kept' })
/** What the frame of the console needs whatever is switched off. */
export const framing = base.meta({ scope: 'read', gated: false, withoutDatabase: 'kept' })
/** What the agent knows and does by itself. */
export const local = base.meta({ scope: 'operate', gated: false, withoutDatabase: 'local' })
