/** The table of applied migrations, and the lock that lets one process at a time change the schema. */
import pg from 'pg'

export interface MigrationRecord {
  readonly name: string
  readonly checksum: string
  readonly applied_at: Date
  readonly duration_ms: number
  /** Of the program that applied it; null when it did not say. */
  readonly program_version: string | null
}

/** Any number that no other program takes for a lock of its own; the letters of "pm-migr" as bytes. */
const lockKey = '31645520423479154'

/**
 * In the order of their names; empty when the table does not exist yet. Changes nothing.
 * @throws the server's 42501, also where row level security would make the table look empty.
 */
export async function listMigrationRecords(client: pg.ClientBase): Promise<MigrationRecord[]> {
  const found = await client.query<{ present: boolean; restricted: boolean | null }>(
    `select to_regclass('pipeline_migrations') is not null as present,
       row_security_active(to_regclass('pipeline_migrations')) as restricted`,
  )
  if (found.rows[0]?.present !== true) return []
  const { rows } = await client.query<MigrationRecord>(
    'select name, checksum, applied_at, duration_ms, program_version from pipeline_migrations order by name collate "C"',
  )
  if (rows.length === 0 && found.rows[0].restricted === true) throw hiddenRecords()
  return rows
}

/** What a server says with row_security = off. That it is not set here has a reason: behind a pooler it would stay. */
function hiddenRecords(): pg.DatabaseError {
  const message = 'row-level security hides pipeline_migrations from this role'
  return Object.assign(new pg.DatabaseError(message, 0, 'error'), { code: '42501' })
}

/** True when the lock is ours until the end of the transaction. Not a session lock: those break behind a pooler. */
export async function tryMigrationLock(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    `select pg_try_advisory_xact_lock(${lockKey}::bigint) as locked`,
  )
  return rows[0]?.locked === true
}

/** Call with the lock held: two sessions that create one table at the same instant would collide. */
export async function createMigrationRecords(client: pg.ClientBase): Promise<void> {
  await client.query(`
    create table if not exists pipeline_migrations (
      name text primary key,
      checksum text not null,
      applied_at timestamptz not null default now(),
      duration_ms integer not null,
      program_version text
    )`)
  await client.query(closeToPublicRoles)
}

/** Servers that expose tables to `anon` and `authenticated` must not expose this one. */
const closeToPublicRoles = `
  do $$
  declare
    public_role text;
  begin
    for public_role in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
      execute 'alter table pipeline_migrations enable row level security';
      execute format('revoke all on pipeline_migrations from %I', public_role);
    end loop;
  end
  $$`

/** Records the file and how long its transaction took (ms, by the database clock), and returns that time. */
export async function insertMigrationRecord(
  client: pg.ClientBase,
  record: Pick<MigrationRecord, 'name' | 'checksum' | 'program_version'>,
): Promise<number> {
  const { rows } = await client.query<{ duration_ms: number }>(
    `insert into pipeline_migrations (name, checksum, program_version, duration_ms)
     values ($1, $2, $3, extract(milliseconds from clock_timestamp() - transaction_timestamp())::integer)
     returning duration_ms`,
    [record.name, record.checksum, record.program_version],
  )
  return rows[0]?.duration_ms ?? 0
}

/**
 * A statement that needs a lock held by another program gives up after 3 s and is tried again: while it waits, everybody
 * who comes later waits behind it. The statements themselves may take long.
 */
export async function beginMigration(client: pg.ClientBase): Promise<void> {
  await client.query('begin')
  await client.query(`set local lock_timeout = '3s'; set local statement_timeout = 0`)
}

/** Number of the running transaction: a file that ends it on its own is found out by this. */
export async function transactionNumber(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ number: string }>('select pg_current_xact_id()::text as number')
  return rows[0]?.number ?? ''
}
