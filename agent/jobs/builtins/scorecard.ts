import { type Scorecard, scorecardOf } from '../../../shared/scorecard.ts'
import { scorecardReport, scorecardSentence } from '../../../shared/scorecard-words.ts'
import { addDays, dayInOrUtc } from '../../connectors/meta/days.ts'
import { listAdTotals } from '../../store/ad-totals.ts'
import { listBrandAdAccounts } from '../../store/brand-ad-accounts.ts'
import { getBrand } from '../../store/brands.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { findDatasetStatus } from '../../store/dataset-status.ts'
import { saveRunArtifact } from '../../store/run-artifacts.ts'
import type { BuiltinHandler } from '../executors/builtin.ts'
import { type StepContext, StepFailure, type StepResult } from '../executors/executor.ts'
import type { BuiltinDependencies } from './dependencies.ts'
import { brandOf } from './meta/session.ts'

const source = 'meta_ads_performance'

/**
 * `run: { builtin: scorecard }`: how each ad did in the last `days_back` whole days of the ad account's own calendar,
 * against as many days before them. Kept with the run: `scorecard.json`, and `scorecard.md` for reading.
 */
export function scorecard({ database }: Pick<BuiltinDependencies, 'database'>): BuiltinHandler {
  return async (_settings, context) => {
    const brandId = brandOf(context)
    const windows = await windowsOf(database, brandId, context)
    const [brand, current, previous, warning] = await Promise.all([
      getBrand(database, brandId),
      listAdTotals(database, brandId, windows.window),
      listAdTotals(database, brandId, windows.previousWindow),
      warningAbout(database, brandId),
    ])
    const made = scorecardOf({ brand: brand?.name ?? brandId, ...windows, current, previous })
    await save(database, context.identity.runId, made)
    context.log.write('info', scorecardSentence(made))
    return resultOf(made, warning)
  }
}

async function windowsOf(
  database: BuiltinDependencies['database'],
  brandId: string,
  { parameters, log }: StepContext,
): Promise<Pick<Scorecard, 'window' | 'previousWindow'>> {
  const [account] = await listBrandAdAccounts(database, brandId)
  const zone = account?.timeZone ?? 'UTC'
  const now = await databaseNow(database)
  const today = dayInOrUtc(zone, now, () => log.write('warn', `Nobody knows the time zone "${zone}"; days are UTC.`))
  const days = Number(parameters['days_back'] ?? 7)
  const since = addDays(today, -days)
  return {
    window: { since, until: addDays(today, -1) },
    previousWindow: { since: addDays(since, -days), until: addDays(since, -1) },
  }
}

/** What the figures rest on. @throws StepFailure when there is nothing to score at all. */
async function warningAbout(database: BuiltinDependencies['database'], brandId: string): Promise<string | null> {
  const status = await findDatasetStatus(database, brandId, source)
  if (status === null || status.lastSuccessAt === null) {
    throw new StepFailure(
      'retryable',
      'The performance of the ads was never synced, so there is nothing to score. Run meta_sync first.',
    )
  }
  const hours = (status.asOf.getTime() - status.lastSuccessAt.getTime()) / 3_600_000
  if (hours <= 24) return null
  return `The performance was last synced ${Math.round(hours)} h ago: days since then are missing from the scorecard. Run meta_sync, then this again.`
}

async function save(database: BuiltinDependencies['database'], runId: string, made: Scorecard): Promise<void> {
  await saveRunArtifact(database, runId, {
    name: 'scorecard.json',
    mediaType: 'application/json',
    text: JSON.stringify(made, null, 2),
  })
  await saveRunArtifact(database, runId, {
    name: 'scorecard.md',
    mediaType: 'text/markdown',
    text: scorecardReport(made),
  })
}

function resultOf(
  { ads, judged, topPerformers, attentionCount, window }: Scorecard,
  warning: string | null,
): StepResult {
  const metadata = { ...window, judged, top_performers: topPerformers.length, needs_attention: attentionCount }
  return { recordsAffected: ads, metadata, ...(warning === null ? {} : { warning }) }
}
