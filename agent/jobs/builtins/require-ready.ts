import { z } from 'zod'
import { type Readiness, type Requirement, readiness } from '../../../shared/readiness.ts'
import { didYouMean } from '../../settings/suggestion.ts'
import type { Database } from '../../store/database.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { listDatasetPolicies } from '../../store/dataset-policies.ts'
import { listDatasetStatus } from '../../store/dataset-status.ts'
import type { Catalog, Page } from '../catalog/catalog.ts'
import type { BuiltinHandler } from '../executors/builtin.ts'
import { StepFailure } from '../executors/executor.ts'

const settingsSchema = z.strictObject({ page: z.string().min(1) })

/**
 * `run: { builtin: require_ready, with: { page: ad_performance } }`: goes on only when the page is ready for the run's brand
 * (F9; degraded data is usable). Not ready is worth another attempt: the data may be there by then.
 */
export function requireReady(dependencies: { readonly catalog: Catalog; readonly database: Database }): BuiltinHandler {
  const { catalog, database } = dependencies
  return async (settings, context) => {
    const page = pageOf(catalog, settings)
    const { brandId } = context.identity
    if (brandId === null) {
      throw new StepFailure('configuration', 'require_ready asks about a brand, and this job has none.')
    }
    const result = await readinessOf(page, { catalog, database, brandId })
    if (result.verdict === 'not_ready') {
      throw new StepFailure('retryable', `${page.label} is not ready. ${result.reasons.join(' ')}`)
    }
    for (const reason of result.reasons) context.log.write('warn', reason)
    context.log.write('info', `${page.label} is ${result.verdict}.`)
    return { recordsAffected: null, metadata: { page: page.key, verdict: result.verdict } }
  }
}

function pageOf(catalog: Catalog, settings: unknown): Page {
  const parsed = settingsSchema.safeParse(settings)
  if (!parsed.success) {
    throw new StepFailure('configuration', 'require_ready needs the page to ask about: with: { page: ad_performance }')
  }
  const page = catalog.pages.get(parsed.data.page)
  if (page !== undefined) return page
  const hint = didYouMean(parsed.data.page, catalog.pages.keys())
  throw new StepFailure('configuration', `The catalog has no page "${parsed.data.page}". ${hint}`)
}

async function readinessOf(
  page: Page,
  of: { readonly catalog: Catalog; readonly database: Database; readonly brandId: string },
): Promise<Readiness> {
  const rows = await listDatasetStatus(of.database, { brandId: of.brandId })
  const statuses = new Map(rows.map((row) => [row.datasetKey, row]))
  const policies = await listDatasetPolicies(of.database, of.brandId)
  const dues = new Map(policies.map(({ datasetKey, due }) => [datasetKey, due]))
  const now = rows[0]?.asOf ?? (await databaseNow(of.database))
  const requirements = page.requires.map(
    (requirement): Requirement => ({
      ...requirement,
      due: dues.get(requirement.dataset) ?? of.catalog.datasets.get(requirement.dataset)?.due ?? null,
      label: of.catalog.datasets.get(requirement.dataset)?.label ?? requirement.dataset,
      status: statuses.get(requirement.dataset) ?? null,
    }),
  )
  return readiness(requirements, now)
}
