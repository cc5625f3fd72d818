import { decideTrigger, type TriggerDecision } from '../../shared/dataset-triggers.ts'
import type { DatabasePool } from '../store/database.ts'
import {
  type DecidedTrigger,
  listRefreshedTriggers,
  nextDueTrigger,
  type StoredRefresh,
  tryTriggerRoundLock,
  writeTriggerDecisions,
} from '../store/dataset-triggers.ts'

/** Another leader's round is under way; its work is looked at again soon. ms */
const otherRoundMs = 1_000
/** Of one round; what is beyond comes in the next. */
const mostTriggers = 1_000

export interface TriggerRound {
  /** Jobs that were queued. */
  readonly queued: number
  /** Until when nothing is to do if nothing happens, ms; null = until something happens. */
  readonly nextMs: number | null
}

/**
 * Deals with refreshes that no trigger has fired for yet: one transaction that marks them and queues what they start, so that a refresh
 * is dealt with once, however many look and whenever one of them is killed. Who wrote the refresh does not matter: it is seen in the
 * row of the dataset.
 */
export async function triggerRound(database: DatabasePool): Promise<TriggerRound> {
  return database.transaction(async (transaction) => {
    if (!(await tryTriggerRoundLock(transaction))) return { queued: 0, nextMs: otherRoundMs }
    const refreshed = await listRefreshedTriggers(transaction, mostTriggers)
    const decided = refreshed.map((refresh) => written(refresh, decideTrigger(refresh)))
    if (decided.length > 0) await writeTriggerDecisions(transaction, decided)
    const queued = decided.filter(({ kind }) => kind === 'queued').length
    if (refreshed.length === mostTriggers) return { queued, nextMs: 0 }
    const waitMs = await nextDueTrigger(transaction)
    // Past the instant: a clock that counts milliseconds may stand just before it.
    return { queued, nextMs: waitMs === null ? null : Math.ceil(waitMs) + 1 }
  })
}

function written({ id, datasetKey, success }: StoredRefresh, decision: TriggerDecision): DecidedTrigger {
  const isQueued = decision.kind === 'queued'
  return {
    id,
    kind: decision.kind,
    success,
    dueMs: decision.kind === 'wait' ? decision.dueMs : null,
    reason: 'reason' in decision ? decision.reason : null,
    requestedBy: `trigger: ${datasetKey} was refreshed`,
    hourBeganMs: isQueued ? decision.hourBeganMs : null,
    firedInHour: isQueued ? decision.firedInHour : null,
  }
}
