import { setImmediate } from 'node:timers/promises'
import type { InferContractRouterOutputs } from '@orpc/contract'
import type { Contract } from '../../shared/contract/index.ts'
import { type DatasetStatusFacts, neverAttempted } from '../../shared/dataset-status.ts'
import type { AttemptStatus, ReadinessVerdict } from '../../shared/domain.ts'
import type { Due } from '../../shared/due.ts'
import { Problem } from '../../shared/errors.ts'
import { freshnessAt } from '../../shared/freshness.ts'
import { pageOutlook } from '../../shared/outlook.ts'
import { readiness as judge, type Requirement } from '../../shared/readiness.ts'
import { boardQuestion, oncePerState, readBoard } from '../freshness/board.ts'
import type { BoardCell } from '../freshness/board-copy.ts'
import { readBrandNames } from '../freshness/brand-names.ts'
import type { KnownCatalog, KnownPage } from '../freshness/known-catalog.ts'
import { readNextRefreshes, withRefresh } from '../freshness/next-refreshes.ts'
import { findRunnable, maximumsOf, readSurroundings } from '../freshness/surroundings.ts'
import { didYouMean } from '../settings/suggestion.ts'
import type { Brand } from '../store/brands.ts'
import { databaseNow } from '../store/database-clock.ts'
import { listDatasetPoliciesOfBrands } from '../store/dataset-policies.ts'
import { listDatasetStatusOfBrands } from '../store/dataset-status.ts'
import { listRefreshingJobsOfBrands } from '../store/refreshing-jobs.ts'
import { requireBrand, requireBrandNamed, requireBrandOf, requireOrganization } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { procedures } from './procedures.ts'
import { whatBlocks, workOn } from './readiness-work.ts'

const errorLimit = 400

const page = procedures.readiness.page.handler(async ({ context, input }) =>
  describePage(context, await requireBrand(context, input.brandId), input.page),
)

const ask = procedures.readiness.ask.handler(async ({ context, input }) => {
  const answer = await describePage(context, await requireBrandNamed(context, input.brand), input.page)
  return { ...answer, ready: answer.verdict !== 'not_ready' }
})

type PageAnswer = InferContractRouterOutputs<Contract>['readiness']['page']

async function describePage(context: ConsoleContext, brand: Brand, pageKey: string): Promise<PageAnswer> {
  const { database, catalog, settings } = context.services
  const [surroundings, statuses, jobs, policies, asOf] = await Promise.all([
    readSurroundings(database, catalog, settings.leaseSeconds),
    listDatasetStatusOfBrands(database, [brand.id], errorLimit),
    listRefreshingJobsOfBrands(database, [brand.id], errorLimit),
    listDatasetPoliciesOfBrands(database, [brand.id]),
    databaseNow(database),
  ])
  const { catalog: known } = surroundings
  const asked = known.pages.get(pageKey)
  if (asked === undefined) {
    const fix = didYouMean(pageKey, known.pages.keys())
    throw new Problem('not_found', `There is no page "${pageKey}".`, { field: 'page', value: pageKey, fix })
  }
  const facts = new Map(statuses.map((row) => [row.datasetKey, row]))
  const maximumOf = maximumsOf(known)
  const own = new Map(policies.map((policy) => [policy.datasetKey, policy]))
  const dueOf = (dataset: string): Due | null => maximumOf(dataset, own.get(dataset)).due
  const { verdict, reasons, items } = judge(requirementsOf(asked, known, facts, dueOf), asOf)
  const jobTypes = [...jobs.map(({ jobType }) => jobType), ...asked.requires.map(({ fix }) => fix.job_type)]
  const runnable = await findRunnable(database, surroundings, jobTypes)
  const wanted = asked.requires.map(({ dataset, fix }) => ({ dataset, fixType: fix.job_type }))
  const question = { brand, asOf, catalog: known, jobs, runnable, statuses: facts, wanted }
  const [work, refreshOf] = await Promise.all([
    workOn(database, asked, { jobs, known, asOf }),
    readNextRefreshes(database, question),
  ])
  const blocked = whatBlocks(asked, runnable, catalog)
  const awaited = withRefresh(items, refreshOf, asOf)
  return {
    asOf,
    brandId: brand.id,
    brandName: brand.name,
    page: asked.key,
    label: asked.label,
    verdict,
    reasons: [...reasons],
    items: awaited.map(({ fix, ...item }) => ({
      ...item,
      fix: fix === null ? null : { ...fix, blocked: blocked.get(fix.jobType) ?? null },
      work: work.get(item.dataset) ?? null,
    })),
    ...pageOutlook(awaited, asOf),
  }
}

const list = procedures.readiness.list.handler(async ({ context, input: { organizationId, brandId } }) => {
  if (brandId === null) await requireOrganization(context, organizationId)
  const one = brandId === null ? null : await requireBrandOf(context, organizationId, brandId)
  const { database, catalog, settings, clock } = context.services
  const about = Promise.all([
    readSurroundings(database, catalog, settings.leaseSeconds),
    one === null ? readBrandNames(database, organizationId) : { brands: [one] },
  ])
  const board = await readBoard(database, clock, about.then(boardQuestion))
  const [{ catalog: known }, { brands }] = await about
  const pages = [...known.pages.values()]
  const answers: BrandVerdicts[] = []
  for (const [index, { id, name }] of brands.entries()) {
    const state = board.brands[index]
    const cells = state === undefined ? noCells : cellsByDataset(state)
    answers.push({ id, name, ...verdictsOf(pages, known, cells, board.asOf) })
    if (answers.length % brandsInOneGo === 0) await setImmediate()
  }
  return { asOf: board.asOf, pages: pages.map(({ key, label }) => ({ key, label })), brands: answers }
})

const noCells: ReadonlyMap<string, BoardCell> = new Map()
const cellsByDataset = oncePerState(({ cells }) => new Map(cells.map((cell) => [cell.dataset, cell])))

/** Some ms of work; then others get their turn. */
const brandsInOneGo = 100

interface Verdicts {
  readonly verdicts: ReadinessVerdict[]
  readonly reasons: Record<string, string>
}

interface BrandVerdicts extends Verdicts {
  readonly id: string
  readonly name: string
}

function verdictsOf(
  pages: readonly KnownPage[],
  known: KnownCatalog,
  cells: ReadonlyMap<string, BoardCell>,
  asOf: Date,
): Verdicts {
  const reasons: Record<string, string> = {}
  const verdicts = pages.map((page) => {
    // Most are ready, and have nothing to say.
    if (isPlainlyReady(page, cells, asOf.getTime())) return 'ready'
    const facts = new Map(
      page.requires.flatMap(({ dataset }) => {
        const cell = cells.get(dataset)
        return cell === undefined ? [] : [[dataset, statusOf(cell)] as const]
      }),
    )
    const { verdict, reasons: all } = judge(
      requirementsOf(page, known, facts, (dataset) => cells.get(dataset)?.due ?? null),
      asOf,
    )
    const [first] = all
    if (first !== undefined) reasons[page.key] = first
    return verdict
  })
  return { verdicts, reasons }
}

/** Every dataset is fresh by the page's own maximum, and nothing is doubtful: what `readiness` calls ready, without its words. */
function isPlainlyReady({ requires }: KnownPage, cells: ReadonlyMap<string, BoardCell>, nowMs: number): boolean {
  return requires.every(({ dataset, max_age_hours: maxAgeHours }) => {
    const cell = cells.get(dataset)
    if (cell === undefined || cell.suspicious || cell.lastAttempt === 'failed') return false
    const { lastSuccessMs, due } = cell
    return freshnessAt({ lastSuccessMs, maxAgeHours, due, nextRunMs: nowMs }, nowMs, 0) === 'fresh'
  })
}

function requirementsOf(
  { requires }: KnownPage,
  { datasets }: KnownCatalog,
  facts: ReadonlyMap<string, DatasetStatusFacts>,
  dueOf: (dataset: string) => Due | null,
): Requirement[] {
  return requires.map(({ dataset, max_age_hours: maxAgeHours, fix }) => ({
    dataset,
    label: datasets.get(dataset)?.label ?? dataset,
    maxAgeHours,
    due: dueOf(dataset),
    fix: { jobType: fix.job_type, parameters: fix.parameters },
    status: facts.get(dataset) ?? null,
  }))
}

/** The board does not carry errors; the page itself says them. */
function statusOf(cell: BoardCell): DatasetStatusFacts {
  const lastStatus: AttemptStatus = cell.lastAttempt
  return {
    ...neverAttempted,
    lastStatus,
    lastSuccessAt: dateOf(cell.lastSuccessMs),
    lastAttemptAt: dateOf(cell.lastAttemptMs),
    suspicious: cell.suspicious,
  }
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}

export const readiness = { ask, page, list }
