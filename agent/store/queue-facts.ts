import type { Database, Statement } from './database.ts'
import { inForce, isFree } from './hold-conditions.ts'

export interface QueueFacts {
  /** Due and not running, whatever keeps them: places, keys, agents, holds. */
  readonly due: number
  /** Seconds since the first of those that nothing holds was due; 0 without any. */
  readonly waitingSeconds: number
  readonly running: number
  /** In force. */
  readonly holds: number
}

/** The indexes of the claim and of busy jobs answer it. */
const statement: Statement = {
  name: 'queue_facts',
  text: `
select waiting.due, coalesce(greatest(0, date_part('epoch', now() - waiting.since)), 0) as "waitingSeconds", busy.running,
  (select count(*) from holds hold where ${inForce('hold', 'now()')}) as holds
from (
  select count(*) as due, min(j.next_run_at) filter (where ${isFree('j', 'now()')}) as since
  from scheduled_jobs j
  where j.status = 'active' and j.next_run_at <= now() and j.current_run_id is null
) waiting
cross join (select count(*) as running from scheduled_jobs j where j.current_run_id is not null) busy`,
}

/** How much work waits, of all organizations. */
export async function readQueueFacts(database: Database): Promise<QueueFacts> {
  const [facts] = await database.query<QueueFacts>(statement, [])
  if (facts === undefined) throw new Error('queue_facts returned no row')
  return facts
}
