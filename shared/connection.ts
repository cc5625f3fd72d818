/**
 * What an agent knows about the way to its database. The words are stable: consoles, logs and tests speak of them.
 */

/** `connecting`: not answered yet. `limited`: questions are answered, changes are not taken. `down`: nothing is answered. */
export const databaseStates = ['connecting', 'up', 'limited', 'down'] as const
export type DatabaseState = (typeof databaseStates)[number]

/** Why the database cannot be used, or not for everything. */
export const databaseCauses = [
  'refused',
  'timed_out',
  'name_not_found',
  'network',
  'starting',
  'too_many_connections',
  'server_error',
  'wrong_password',
  'not_permitted',
  'no_database',
  'tls',
  'server_too_old',
  'shared_sessions',
  'read_only',
  'schema_older',
  'schema_newer',
  'schema_edited',
] as const
export type DatabaseCause = (typeof databaseCauses)[number]

/**
 * When it makes sense to try again. `soon`: it may pass by itself at any moment. `patiently`: somebody has to do something, and asking
 * does no harm. `person`: as before, but trying harms (a wrong password that is tried again and again locks an account), so that it is
 * tried when a person asks, and otherwise very rarely.
 */
export type Retry = 'soon' | 'patiently' | 'person'

interface CauseRule {
  readonly retry: Retry
  /** Whether questions are answered all the same. */
  readonly isReadable: boolean
}

/** Total: a new cause has to say how it is lived with. */
export const causeRules = {
  refused: { retry: 'soon', isReadable: false },
  timed_out: { retry: 'soon', isReadable: false },
  name_not_found: { retry: 'soon', isReadable: false },
  network: { retry: 'soon', isReadable: false },
  starting: { retry: 'soon', isReadable: false },
  too_many_connections: { retry: 'soon', isReadable: false },
  server_error: { retry: 'soon', isReadable: false },
  wrong_password: { retry: 'person', isReadable: false },
  not_permitted: { retry: 'person', isReadable: false },
  no_database: { retry: 'person', isReadable: false },
  tls: { retry: 'person', isReadable: false },
  server_too_old: { retry: 'patiently', isReadable: false },
  shared_sessions: { retry: 'patiently', isReadable: false },
  read_only: { retry: 'soon', isReadable: true },
  schema_older: { retry: 'patiently', isReadable: false },
  schema_newer: { retry: 'patiently', isReadable: true },
  schema_edited: { retry: 'patiently', isReadable: true },
} as const satisfies Record<DatabaseCause, CauseRule>

/** Milliseconds. */
const soonMs = { first: 1_000, most: 30_000 }
const patientMs = 60_000
const personMs = 30 * 60_000

/**
 * How long to wait after the `failures`th failure in a row (1 for the first), ms: doubling from 1 s to 30 s where it may pass by itself,
 * a minute where somebody has to do something, half an hour where trying harms. `random` in [0, 1) shortens it by up to half, so that
 * agents which lost the same server do not come back in step.
 */
export function retryDelayMs(cause: DatabaseCause, failures: number, random: number): number {
  const longest = longestDelayMs(causeRules[cause].retry, failures)
  return Math.round(longest * (1 - random / 2))
}

function longestDelayMs(retry: Retry, failures: number): number {
  if (retry === 'patiently') return patientMs
  if (retry === 'person') return personMs
  // From the sixth failure on the cap holds; a larger exponent would only overflow.
  return Math.min(soonMs.first * 2 ** (Math.min(Math.max(failures, 1), 6) - 1), soonMs.most)
}
