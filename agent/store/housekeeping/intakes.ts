import { keptDays } from '../../../shared/stored-tables.ts'
import type { Database, Statement } from '../database.ts'
import type { Batch, BatchRequest } from './batch.ts'
import { cutoff } from './cutoff.ts'

/** Their numbers are in the order in which they came: nothing that is kept is looked at but the first of it. */
const deliveriesStatement: Statement = {
  name: 'sweep_hook_deliveries',
  text: `
with oldest as materialized (
  select delivery.id, delivery.received_at from hook_deliveries delivery order by delivery.id limit $2::integer
), gone as (
  delete from hook_deliveries delivery using oldest
  where delivery.id = oldest.id and oldest.received_at < ${cutoff('$1::integer')} and $3::boolean
  returning delivery.id
)
select count(*) as rows from gone`,
}

/** Removes deliveries to hooks that are older than the job of any of them: the same message is then one that was never heard of. */
export async function sweepHookDeliveries(database: Database, { limit, removes }: BatchRequest): Promise<Batch> {
  const rows = await removedBy(database, deliveriesStatement, [keptDays.hookDeliveries, limit, removes])
  return { removed: { hook_deliveries: rows }, next: null, isLast: rows < limit }
}

const checksStatement: Statement = {
  name: 'sweep_removed_checks',
  text: `
with gone as (
  delete from ping_checks where $3::boolean and id = any (array(
    select removed.id from ping_checks removed where removed.removed_at < ${cutoff('$1::integer')} limit $2::integer
  ))
  returning id
)
select count(*) as rows from gone`,
}

/** Removes checks that a person removed so long ago that nobody restores them; what they have told stays. */
export async function sweepRemovedChecks(database: Database, { limit, removes }: BatchRequest): Promise<Batch> {
  const rows = await removedBy(database, checksStatement, [keptDays.removedChecks, limit, removes])
  return { removed: { ping_checks: rows }, next: null, isLast: rows < limit }
}

async function removedBy(database: Database, statement: Statement, values: readonly unknown[]): Promise<number> {
  const [row] = await database.query<{ rows: number }>(statement, values)
  return row?.rows ?? 0
}
