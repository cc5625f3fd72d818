import type { InferContractRouterOutputs } from '@orpc/contract'
import type { Contract } from '../../shared/contract/index.ts'
import type { Due } from '../../shared/due.ts'
import { Problem } from '../../shared/errors.ts'
import { pageOutlook } from '../../shared/outlook.ts'
import { readiness as judge } from '../../shared/readiness.ts'
import { type PageState, readAllReadiness, requirementsOf } from '../freshness/all-readiness.ts'
import { readNextRefreshes, withRefresh } from '../freshness/next-refreshes.ts'
import { findRunnable, maximumsOf, readSurroundings } from '../freshness/surroundings.ts'
import { didYouMean } from '../settings/suggestion.ts'
import type { Brand } from '../store/brands.ts'
import { databaseNow } from '../store/database-clock.ts'
import { listDatasetPoliciesOfBrands } from '../store/dataset-policies.ts'
import { listDatasetStatusOfBrands } from '../store/dataset-status.ts'
import { listRefreshingJobsOfBrands } from '../store/refreshing-jobs.ts'
import { requireBrand, requireBrandNamed } from './access.ts'
import { readBrandsIn, requireScope } from './brand-scope.ts'
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

const list = procedures.readiness.list.handler(async ({ context, input }) => {
  const { organizationId, by } = input
  const scope = await requireScope(context, input)
  const { database, catalog, settings, clock } = context.services
  const { asOf, pages, brands } = await readAllReadiness(database, clock, {
    organizationId,
    surroundings: readSurroundings(database, catalog, settings.leaseSeconds),
    brands: readBrandsIn(database, scope),
    by: by === null ? null : new Date(by),
  })
  return {
    asOf,
    pages: pages.map(({ key, label }) => ({ key, label })),
    brands: brands.map(({ id, name, states }) => ({ id, name, ...inShort(states, asOf, by !== null) })),
  }
})

/** Expected no sooner, and good for no longer, than it is. */
function inShort(states: readonly PageState[], asOf: Date, isByAsked: boolean) {
  const byPage = <Value>(valueOf: (state: PageState) => Value | null): Record<string, Value> =>
    Object.fromEntries(
      states.flatMap((state) => {
        const value = valueOf(state)
        return value === null ? [] : [[state.page, value]]
      }),
    )
  const keysOf = (is: (state: PageState) => boolean): string[] => states.filter(is).map(({ page: key }) => key)
  const seconds = (at: Date | null): number | null => (at === null ? null : (at.getTime() - asOf.getTime()) / 1_000)
  return {
    verdicts: states.map(({ verdict }) => verdict),
    reasons: byPage(({ reason }) => reason),
    readyInSeconds: states.map(({ expectedAt }) => roundedOrNull(seconds(expectedAt), Math.ceil)),
    readyForSeconds: states.map(({ readyUntil }) => roundedOrNull(seconds(readyUntil), Math.floor)),
    goesStale: byPage(({ goesStale }) =>
      goesStale === null
        ? null
        : { dataset: goesStale.label, inSeconds: Math.floor((goesStale.at.getTime() - asOf.getTime()) / 1_000) },
    ),
    unknown: byPage(({ unknown }) => unknown),
    work: byPage(({ work }) => work),
    notReadyBy: isByAsked ? keysOf(({ isReadyBy }) => isReadyBy === false) : null,
  }
}

function roundedOrNull(value: number | null, round: (value: number) => number): number | null {
  return value === null ? null : round(value)
}

export const readiness = { ask, page, list }
