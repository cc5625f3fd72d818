import { formatAge, formatHours } from '../../../shared/duration.ts'
import { Problem } from '../../../shared/errors.ts'
import { checkMaxAgeHours } from '../../../shared/freshness.ts'
import { knownCatalog } from '../../freshness/overview.ts'
import { didYouMean } from '../../settings/suggestion.ts'
import { listAgents } from '../../store/agent-list.ts'
import { listBrands } from '../../store/brands.ts'
import { databaseNow } from '../../store/database-clock.ts'
import {
  clearDatasetPolicy,
  type DatasetPolicy,
  listDatasetPolicies,
  lockDatasetPolicy,
  setDatasetPolicy,
} from '../../store/dataset-policies.ts'
import { listDatasetStatus } from '../../store/dataset-status.ts'
import { insertOperatorAction } from '../../store/operator-actions.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed } from '../lookup.ts'
import { type Session, withSession } from '../session.ts'

export interface PolicyFlags extends GlobalFlags {
  readonly brand: string
  readonly dataset: string
  readonly maxAgeHours?: string
}

/** `pm policy`: the maximum ages that brands have of their own (F9). */
export async function showPolicies(context: CliContext, flags: GlobalFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const policies = await listDatasetPolicies(database)
    const brands = new Map((await listBrands(database)).map((brand) => [brand.id, brand.name]))
    const now = await databaseNow(database)
    print.answer({ policies }, () => {
      if (policies.length === 0) return print.line('No brand has a maximum age of its own: datasets and pages say it.')
      print.table(
        [
          { title: 'brand', shrinksTo: 14 },
          { title: 'dataset' },
          { title: 'max', align: 'right' },
          { title: 'changed' },
        ],
        policies.map(({ brandId, datasetKey, maxAgeHours, changedAt, changedBy }) => [
          brands.get(brandId) ?? brandId,
          datasetKey,
          formatHours(maxAgeHours),
          `${formatAge(changedAt, now)} by ${changedBy ?? 'somebody'}`,
        ]),
      )
    })
  })
}

/** `pm policy set --brand --dataset --max-age-hours`. */
export async function setPolicy(context: CliContext, flags: PolicyFlags): Promise<void> {
  const maxAgeHours = hoursOf(flags.maxAgeHours ?? '')
  await withSession(context, flags, 'write', async (session) => {
    const brand = await brandNamed(session.database, flags.brand)
    const dataset = await knownDataset(session, flags.dataset)
    const changed = await change(session, brand, dataset, maxAgeHours)
    const message = `${dataset} of ${brand.name} may ${changed ? 'now' : 'already'} be at most ${formatHours(maxAgeHours)} old.`
    const document = { changed, message, brandId: brand.id, datasetKey: dataset, maxAgeHours }
    session.print.answer(document, () => session.print.line(message))
  })
}

/** `pm policy clear --brand --dataset`. */
export async function clearPolicy(context: CliContext, flags: PolicyFlags): Promise<void> {
  await withSession(context, flags, 'write', async (session) => {
    const brand = await brandNamed(session.database, flags.brand)
    const changed = await change(session, brand, flags.dataset, null)
    const message = changed
      ? `${flags.dataset} of ${brand.name} follows its dataset and its pages again.`
      : `${flags.dataset} of ${brand.name} has no maximum age of its own already.`
    const document = { changed, message, brandId: brand.id, datasetKey: flags.dataset }
    session.print.answer(document, () => session.print.line(message))
  })
}

/** False when it was so already; null hours clear. */
async function change(
  { database, context }: Session,
  brand: { id: string; organizationId: string },
  datasetKey: string,
  maxAgeHours: number | null,
): Promise<boolean> {
  const actor = cliActor(context)
  const ids = { brandId: brand.id, datasetKey }
  return database.transaction(async (transaction) => {
    const before = await lockDatasetPolicy(transaction, brand.id, datasetKey)
    if ((before?.maxAgeHours ?? null) === maxAgeHours) return false
    if (maxAgeHours === null) await clearDatasetPolicy(transaction, brand.id, datasetKey)
    else await setDatasetPolicy(transaction, { ...ids, maxAgeHours, changedBy: actor.operator })
    await insertOperatorAction(transaction, {
      actor,
      organizationId: brand.organizationId,
      action: maxAgeHours === null ? 'policy.clear' : 'policy.set',
      subjectType: 'dataset',
      subjectId: `${brand.id}/${datasetKey}`,
      before: policyDocument(before?.maxAgeHours ?? null),
      after: policyDocument(maxAgeHours),
    })
    return true
  })
}

function policyDocument(maxAgeHours: DatasetPolicy['maxAgeHours'] | null) {
  return maxAgeHours === null ? null : { maxAgeHours }
}

/** The column keeps two decimals, so less than half a minute is nothing. */
function hoursOf(text: string): number {
  const hours = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text.trim()) ? Number(text) : Number.NaN
  const stored = Math.round(hours * 100) / 100
  return checkMaxAgeHours(hours > 0 && stored === 0 ? Number.NaN : stored, '--max-age-hours')
}

async function knownDataset({ database, catalog, settings }: Session, key: string): Promise<string> {
  const known = knownCatalog(catalog, await listAgents(database, settings.leaseSeconds)).datasets
  if (known.has(key)) return key
  // A dataset that only another program knows has a row.
  const rows = await listDatasetStatus(database, { brandId: null })
  const keys = new Set([...known.keys(), ...rows.map(({ datasetKey }) => datasetKey)])
  if (keys.has(key)) return key
  throw new Problem('not_found', `There is no dataset "${key}".`, {
    field: '--dataset',
    value: key,
    fix: didYouMean(key, keys),
  })
}
