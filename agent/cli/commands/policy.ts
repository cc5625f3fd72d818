import { type Due, isSameDue } from '../../../shared/due.ts'
import { atMostWords, dueText, dueWords, parseDue } from '../../../shared/due-words.ts'
import { formatAge, formatHours } from '../../../shared/duration.ts'
import { Problem } from '../../../shared/errors.ts'
import { checkMaxAgeHours } from '../../../shared/freshness.ts'
import { knownCatalog } from '../../freshness/overview.ts'
import { type ChangedPolicy, changePolicy } from '../../freshness/policy.ts'
import { maximumsOf } from '../../freshness/surroundings.ts'
import { didYouMean } from '../../settings/suggestion.ts'
import { listAgents } from '../../store/agent-list.ts'
import { listBrands } from '../../store/brands.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { listDatasetPolicies } from '../../store/dataset-policies.ts'
import { listDatasetStatus } from '../../store/dataset-status.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed } from '../lookup.ts'
import { type Session, withSession } from '../session.ts'

export interface PolicyFlags extends GlobalFlags {
  readonly brand: string
  readonly dataset: string
  readonly maxAgeHours?: string
  /** Hours, or `none`. */
  readonly warnAgeHours?: string
  /** As `parseDue` reads it, or `none`. */
  readonly due?: string
}

/** `pm policy`: what brands have of their own: at most so old and when that counts (F9), at risk from then on (F7). */
export async function showPolicies(context: CliContext, flags: GlobalFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const policies = await listDatasetPolicies(database)
    const brands = new Map((await listBrands(database)).map((brand) => [brand.id, brand.name]))
    const now = await databaseNow(database)
    print.answer({ policies }, () => {
      if (policies.length === 0) return print.line('No brand has ages of its own: datasets and pages say them.')
      print.table(
        [
          { title: 'brand', shrinksTo: 14 },
          { title: 'dataset' },
          { title: 'max', align: 'right' },
          { title: 'at risk from', align: 'right' },
          { title: 'due' },
          { title: 'changed' },
        ],
        policies.map(({ brandId, datasetKey, maxAgeHours, warnAgeHours, due, changedAt, changedBy }) => [
          brands.get(brandId) ?? brandId,
          datasetKey,
          maxAgeHours === null ? null : formatHours(maxAgeHours),
          warnAgeHours === null ? null : formatHours(warnAgeHours),
          due === null ? null : dueText(due),
          `${formatAge(changedAt, now)} by ${changedBy ?? 'somebody'}`,
        ]),
      )
    })
  })
}

/** `pm policy set --brand --dataset [--max-age-hours] [--warn-age-hours] [--due]`: what is left out stays. */
export async function setPolicy(context: CliContext, flags: PolicyFlags): Promise<void> {
  const ages = agesIn(flags)
  await withSession(context, flags, 'write', async (session) => {
    const { database, print } = session
    const brand = await brandNamed(database, flags.brand)
    const { dataset, hasUsualMaximum, usualDue } = await knownDataset(session, flags.dataset)
    const policy = await changePolicy(database, cliActor(context), { brand, dataset, hasUsualMaximum, ...ages })
    const { maxAgeHours, warnAgeHours, due } = policy
    const changed = isChanged(policy)
    const message = `${dataset} of ${brand.name} ${inWords(policy, usualDue, changed ? 'now' : 'already')}.`
    const document = { changed, message, brandId: brand.id, datasetKey: dataset, maxAgeHours, warnAgeHours, due }
    print.answer(document, () => print.line(message))
  })
}

/** `pm policy clear --brand --dataset`. */
export async function clearPolicy(context: CliContext, flags: PolicyFlags): Promise<void> {
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const brand = await brandNamed(database, flags.brand)
    const cleared = { brand, dataset: flags.dataset, maxAgeHours: null, warnAgeHours: null, due: null }
    const changed = isChanged(await changePolicy(database, cliActor(context), cleared))
    const message = changed
      ? `${flags.dataset} of ${brand.name} follows its dataset and its pages again.`
      : `${flags.dataset} of ${brand.name} has no maximum age of its own already.`
    const document = { changed, message, brandId: brand.id, datasetKey: flags.dataset }
    print.answer(document, () => print.line(message))
  })
}

function isChanged({ maxAgeHours, before, warnAgeHours, warnBefore, due, dueBefore }: ChangedPolicy): boolean {
  return maxAgeHours !== before || warnAgeHours !== warnBefore || !isSameDue(due, dueBefore)
}

/** `usualDue`: of the dataset, which counts where the brand has no due time of its own (F9). */
function inWords({ maxAgeHours, warnAgeHours, due }: ChangedPolicy, usualDue: Due | null, when: string): string {
  const risk = warnAgeHours === null ? null : `at risk from ${formatHours(warnAgeHours)} on`
  if (maxAgeHours !== null) {
    return `may ${when} be ${atMostWords(maxAgeHours, due ?? usualDue)}${risk === null ? '' : `, and is ${risk}`}`
  }
  if (due !== null)
    return `is ${when} due ${dueWords(due)}${risk === null ? '' : ` and ${risk}`}; its maximum age is the usual one`
  return risk === null ? `has ${when} no age of its own` : `is ${when} ${risk}; its maximum age is the usual one`
}

function agesIn({ maxAgeHours, warnAgeHours, due }: PolicyFlags) {
  if (maxAgeHours === undefined && warnAgeHours === undefined && due === undefined) {
    throw new Problem('invalid_input', 'No age is given.', {
      field: '--max-age-hours',
      value: null,
      fix: 'Give --max-age-hours, --warn-age-hours, --due, or several; "pm policy clear" takes all of them away.',
    })
  }
  return {
    maxAgeHours: maxAgeHours === undefined ? undefined : hoursOf(maxAgeHours, '--max-age-hours', 'maximum age'),
    warnAgeHours: warningIn(warnAgeHours),
    due: dueIn(due),
  }
}

function warningIn(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined
  return text.trim().toLowerCase() === 'none' ? null : hoursOf(text, '--warn-age-hours', 'warning age')
}

function dueIn(text: string | undefined): Due | null | undefined {
  if (text === undefined) return undefined
  return text.trim().toLowerCase() === 'none' ? null : parseDue(text, '--due')
}

/** The column keeps two decimals, so less than half a minute is nothing. */
function hoursOf(text: string, flag: string, what: string): number {
  const hours = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text.trim()) ? Number(text) : Number.NaN
  const stored = Math.round(hours * 100) / 100
  return checkMaxAgeHours(hours > 0 && stored === 0 ? Number.NaN : stored, flag, what)
}

async function knownDataset({ database, catalog, settings }: Session, key: string) {
  const everything = knownCatalog(catalog, await listAgents(database, settings.leaseSeconds))
  const known = everything.datasets
  const hasUsualMaximum = maximumsOf(everything)(key, undefined).hours !== null
  const found = { dataset: key, hasUsualMaximum, usualDue: known.get(key)?.due ?? null }
  if (known.has(key)) return found
  // A dataset that only another program knows has a row.
  const rows = await listDatasetStatus(database, { brandId: null })
  const keys = new Set([...known.keys(), ...rows.map(({ datasetKey }) => datasetKey)])
  if (keys.has(key)) return found
  throw new Problem('not_found', `There is no dataset "${key}".`, {
    field: '--dataset',
    value: key,
    fix: didYouMean(key, keys),
  })
}
