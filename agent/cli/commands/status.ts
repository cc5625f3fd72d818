import { counted } from '../../../shared/counted.ts'
import { maximumInShort } from '../../../shared/due-words.ts'
import { formatDuration, formatPlanned } from '../../../shared/duration.ts'
import { heldThing, heldWords, holdState } from '../../../shared/holds.ts'
import { type BrandView, type DatasetView, type Overview, readOverview, severityOf } from '../../freshness/overview.ts'
import { type Hold, listHolds } from '../../store/holds.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { groupInUseAsked } from '../group-flag.ts'
import { brandNamed, organizationNamed } from '../lookup.ts'
import { attemptMarks, freshnessMarks } from '../output/marks.ts'
import { type Printer, shortId } from '../output/printer.ts'
import { withSession } from '../session.ts'
import { agentDocument } from './agents.ts'
import { holdDocument } from './holds.ts'

export interface StatusFlags extends GlobalFlags {
  readonly brand?: string
  readonly group?: string
  readonly org?: string
}

/** `pm status`: the answer in one line, then every dataset, worst first. */
export async function showStatus(context: CliContext, flags: StatusFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, catalog, settings, print }) => {
    const organization = flags.org === undefined ? null : await organizationNamed(database, flags.org)
    const brand = flags.brand === undefined ? null : await brandNamed(database, flags.brand, organization?.id)
    const brandIds = await groupInUseAsked(database, flags, organization?.id)
    const overview = await readOverview(database, {
      brandId: brand?.id ?? null,
      brandIds,
      organizationId: organization?.id ?? null,
      catalog,
      aliveSeconds: settings.leaseSeconds,
    })
    const place = { organizationId: organization?.id ?? brand?.organizationId ?? null, brandId: brand?.id ?? null }
    const organizationIds = new Set(overview.brands.map(({ organizationId }) => organizationId))
    const isShown = ({ brandId, organizationId }: Hold): boolean =>
      brandIds === null || (brandId === null ? organizationIds.has(organizationId) : brandIds.includes(brandId))
    const holds = (await listHolds(database, place)).filter(
      (hold) => holdState(hold, hold.asOf) === 'in_force' && isShown(hold),
    )
    print.answer({ ...statusDocument(overview), holds: holds.map(holdDocument) }, () => {
      printStatus(overview, print)
      for (const hold of holds) print.line(heldLine(hold), 'yellow')
    })
  })
}

function heldLine(hold: Hold): string {
  return `Nothing starts for ${heldThing(hold.brandName, hold.jobType)}: ${heldWords(hold)}. End it: pm release ${shortId(hold.id)}`
}

/** The words of `--json` are a promise: fresh, at_risk, stale, never_synced, no_policy; completed, failed, running, unknown. */
export function statusDocument({ asOf, brands, agents, catalog }: Overview): object {
  return {
    asOf,
    brands: brands.map(({ id, name, organizationId, organizationName, datasets }) => ({
      id,
      name,
      organization: { id: organizationId, name: organizationName },
      datasets,
    })),
    agents: agents.map(agentDocument),
    warnings: catalog.conflicts,
  }
}

function printStatus(overview: Overview, print: Printer): void {
  const { brands, agents, asOf, catalog } = overview
  print.line(answerLine(overview), 'bold')
  const rows = brands.flatMap((brand) => brand.datasets.map((dataset) => ({ brand, dataset })))
  if (rows.length > 0) {
    const sorted = rows.toSorted((left, right) => severityOf(left.dataset) - severityOf(right.dataset))
    print.line('')
    // On a terminal a sentence in a narrow column says nothing, so the reasons follow the table.
    const shown = print.width === null ? [...columns, whyColumn] : columns
    print.table(
      shown,
      sorted.map((row) => cells(row.brand, row.dataset, asOf, brands)),
    )
    print.line('')
    if (print.width !== null) printReasons(sorted, print)
  }
  const alive = agents.filter((agent) => agent.alive)
  print.line(
    alive.length === 0
      ? 'No agent is running. Start one: pm start'
      : `${counted(alive.length, 'agent')} running: ${alive.map(({ name }) => name).join(', ')}.`,
  )
  for (const conflict of catalog.conflicts) print.note(`Warning: ${conflict}`)
}

const columns = [
  { title: 'freshness' },
  { title: 'brand', shrinksTo: 10 },
  { title: 'dataset', shrinksTo: 12 },
  { title: 'age', align: 'right' as const },
  { title: 'max', align: 'right' as const },
  { title: 'last attempt' },
  { title: 'records', align: 'right' as const, mayGo: true },
  { title: 'next run', mayGo: true },
]
const whyColumn = { title: 'why' }

function printReasons(rows: readonly { brand: BrandView; dataset: DatasetView }[], print: Printer): void {
  const reasons = rows.flatMap(({ brand, dataset: view }) =>
    view.reason === null ? [] : [{ view, text: `${brand.name}, ${view.dataset}: ${view.reason}` }],
  )
  for (const { view, text } of reasons) {
    print.marked(freshnessMarks[view.freshness], text)
  }
  if (reasons.length > 0) print.line('')
}

function cells(brand: BrandView, view: DatasetView, asOf: Date, brands: readonly BrandView[]) {
  const severalOrganizations = new Set(brands.map(({ organizationId }) => organizationId)).size > 1
  return [
    freshnessMarks[view.freshness],
    severalOrganizations ? `${brand.organizationName} / ${brand.name}` : brand.name,
    view.dataset,
    view.ageSeconds === null ? 'never' : formatDuration(view.ageSeconds * 1_000),
    view.maxAgeHours === null ? null : maximumInShort(view.maxAgeHours, view.due),
    attemptMarks[view.lastAttempt],
    view.records,
    nextRunWords(view, asOf),
    view.reason ?? '',
  ]
}

function nextRunWords({ runningSince, nextRunAt, hold }: DatasetView, asOf: Date): string | null {
  if (runningSince !== null) return `running for ${formatDuration(asOf.getTime() - runningSince.getTime())}`
  if (nextRunAt === null) return hold === null ? null : 'held'
  return `${formatPlanned(nextRunAt, asOf)}${hold === null ? '' : ', held until then'}`
}

/** "3 of 41 datasets are stale, 1 was never synced. 2 fresh ones failed at their last attempt." */
export function answerLine({ brands }: Pick<Overview, 'brands'>): string {
  const all = brands.flatMap(({ datasets }) => datasets)
  if (brands.length === 0) {
    return 'There are no brands yet. Try the sample (pm start), or: pm organizations create <name>, pm brands create <name> --organization <name>'
  }
  if (all.length === 0)
    return 'No dataset is known yet. Schedule a job: pm schedule <job type> --brand <name> --cron "0 6 * * *"'
  const count = (state: DatasetView['freshness']): number => all.filter(({ freshness }) => freshness === state).length
  const [stale, never, risk] = [count('stale'), count('never_synced'), count('at_risk')]
  const failed = all.filter(({ freshness, lastAttempt }) => freshness === 'fresh' && lastAttempt === 'failed').length
  const parts = [
    [stale, 'is stale', 'are stale'],
    [never, 'was never synced', 'were never synced'],
    [risk, 'is at risk', 'are at risk'],
  ] as const
  const counts = parts
    .filter(([number]) => number > 0)
    .map(([number, one, many], index) => {
      const of = index === 0 ? ` of ${counted(all.length, 'dataset')}` : ''
      return `${number}${of} ${number === 1 ? one : many}`
    })
  const bad = counts.length === 0 ? allGood(all.length, count('no_policy')) : `${counts.join(', ')}.`
  return failed === 0 ? bad : `${bad} The last attempt of ${counted(failed, 'fresh dataset')} failed.`
}

function allGood(total: number, withoutPolicy: number): string {
  const fresh = total - withoutPolicy
  const rest = withoutPolicy === 0 ? '' : ` Nothing says how old the other ${withoutPolicy} may be.`
  return `${fresh} of ${counted(total, 'dataset')} ${fresh === 1 ? 'is' : 'are'} fresh.${rest}`
}
