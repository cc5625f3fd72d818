import type { Database } from '../../../store/database.ts'
import {
  isRunStillRunning,
  listStagedFetches,
  moveStagedInsights,
  removeVanishedInsights,
  type StagedFetch,
} from '../../../store/meta-ads-performance.ts'
import { clearStagedInsights } from '../../../store/meta-insights-staging.ts'
import type { BuiltinHandler } from '../../executors/builtin.ts'
import { type StepContext, StepFailure, type StepResult } from '../../executors/executor.ts'
import { stoppedFailure } from '../../executors/stop.ts'
import type { BuiltinDependencies } from '../dependencies.ts'
import { brandOf } from './session.ts'

/** Rows of a statement: about a second's work. */
const rowsPerStatement = 10_000

interface Saved {
  added: number
  changed: number
  removed: number
}

/**
 * `run: { builtin: meta_save_insights }`: makes meta_ads_performance say what meta_insights has fetched, in one
 * transaction. Rows that are the same already are left alone, so a second sync of the same window changes nothing; rows
 * that Meta does not report any more are removed.
 */
export function metaSaveInsights({ database }: BuiltinDependencies): BuiltinHandler {
  return async (_settings, context) => {
    const brandId = brandOf(context)
    const { runId } = context.identity
    const fetches = await listStagedFetches(database, runId)
    if (fetches.length === 0) return nothingFetched(context)
    for (const fetched of fetches) requireWhole(fetched)
    const total = fetches.reduce((sum, { rowCount }) => sum + rowCount, 0)
    const saved = await database.transaction(async (transaction) => {
      const saving = await save(transaction, fetches, { context, brandId, total })
      // J3: whoever lost the lease takes everything back.
      if (!(await isRunStillRunning(transaction, runId))) throw takenOver()
      return saving
    })
    await clearStagedInsights(database, runId).catch(() => undefined)
    return result(context, total, saved)
  }
}

/** A step before this one that is not ours has saved what it fetched. */
function nothingFetched({ log }: StepContext): StepResult {
  log.write('info', 'The built-in step meta_insights has fetched nothing in this run, so there is nothing to save.')
  return { recordsAffected: null, metadata: {} }
}

function requireWhole({ accountId, rowCount, present }: StagedFetch): void {
  if (present === rowCount) return
  throw new StepFailure(
    'retryable',
    `Of the ${rowCount} rows of ${accountId} only ${present} are left: the database server was restarted after they were fetched. Nothing was saved.`,
  )
}

function takenOver(): StepFailure {
  return new StepFailure(
    'retryable',
    'The run was ended by somebody else while its rows were being saved. Nothing was saved.',
  )
}

async function save(
  transaction: Database,
  fetches: readonly StagedFetch[],
  { context, brandId, total }: { readonly context: StepContext; readonly brandId: string; readonly total: number },
): Promise<Saved> {
  const { runId } = context.identity
  const saved: Saved = { added: 0, changed: 0, removed: 0 }
  let done = 0
  for (const { accountId } of fetches) {
    saved.removed += await removeVanishedInsights(transaction, { runId, brandId, accountId })
    for (;;) {
      if (context.signal.aborted) throw stoppedFailure('Saving the rows', context.signal)
      const batch = await moveStagedInsights(transaction, { runId, brandId, accountId, limit: rowsPerStatement })
      if (batch.moved === 0) break
      saved.added += batch.added
      saved.changed += batch.changed
      done += batch.moved
      context.progress(done, total)
    }
  }
  return saved
}

function result({ log }: StepContext, rows: number, { added, changed, removed }: Saved): StepResult {
  log.write(
    'info',
    `${rows} rows confirmed: ${added} new, ${changed} changed, ${removed} not reported any more and removed.`,
  )
  return { recordsAffected: rows, metadata: { new: added, changed, removed, unchanged: rows - added - changed } }
}
