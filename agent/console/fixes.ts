import { v5 as derivedId } from 'uuid'
import { archivedBrand } from '../brands/brand-in-use.ts'
import { type Cell, type FixPlan, type FixRun, planFixes } from '../freshness/fix-plan.ts'
import { readSurroundings, type Surroundings } from '../freshness/surroundings.ts'
import { queueOneTimeJob } from '../jobs/operations.ts'
import { type Brand, listBrands } from '../store/brands.ts'
import { findExistingJobs, listBusyKeys } from '../store/busy-keys.ts'
import { requireBrandOf, requireOrganization } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { procedures } from './procedures.ts'

interface Planned extends FixPlan {
  readonly surroundings: Surroundings
  readonly brands: ReadonlyMap<string, Brand>
}

async function plan(
  context: ConsoleContext,
  { organizationId, cells }: { organizationId: string; cells: readonly Cell[] },
  isDone: (keys: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<Planned> {
  await requireOrganization(context, organizationId)
  const { database, catalog, settings } = context.services
  const brands = new Map((await listBrands(database, organizationId)).map((brand) => [brand.id, brand]))
  const own = cells.map((cell) => ({ ...cell, brandId: cell.brandId.toLowerCase() }))
  await requireBrands(context, organizationId, own, brands)
  const surroundings = await readSurroundings(database, catalog, settings.leaseSeconds)
  return { ...(await planFixes(database, surroundings, own, isDone)), surroundings, brands }
}

/** All are of this organization, and in use. */
async function requireBrands(
  context: ConsoleContext,
  organizationId: string,
  cells: readonly Cell[],
  brands: ReadonlyMap<string, Brand>,
): Promise<void> {
  const missing = cells.find(({ brandId }) => !brands.has(brandId))
  if (missing === undefined) return
  throw archivedBrand(context.identity, await requireBrandOf(context, organizationId, missing.brandId))
}

const nothingDone = async (): Promise<ReadonlySet<string>> => new Set()

export const previewFixes = procedures.freshness.previewFixes.handler(async ({ context, input }) => {
  const { runs, skipped, brands } = await plan(context, input, nothingDone)
  // The key of a job that names none of its own, as the database computes it.
  const keyOf = ({ brandId, jobType }: FixRun): string => `${brandId}:${jobType}`
  const busy = await listBusyKeys(context.services.database, runs.map(keyOf))
  const nameOf = (brandId: string): string => brands.get(brandId)?.name ?? brandId
  return {
    runs: runs.map((run) => ({
      brandId: run.brandId,
      brandName: nameOf(run.brandId),
      jobType: run.jobType,
      parameters: run.parameters,
      datasets: run.datasets,
      waitsBehindRunId: busy.get(keyOf(run)) ?? null,
    })),
    skipped: skipped.map((cell) => ({ ...cell, brandName: nameOf(cell.brandId) })),
  }
})

/** Keeps these ids apart from everything else that is derived so. */
const fixIds = '2f4d6f0a-35c1-5b7e-8a5f-0c9e6b1d7a44'
const queuedAtOnce = 3

export const runFixes = procedures.freshness.runFixes.handler(async ({ context, input }) => {
  const { database } = context.services
  const idOf = (key: string): string => derivedId(`${input.requestId.toLowerCase()} ${key}`, fixIds)
  const startedBefore = async (keys: readonly string[]): Promise<ReadonlySet<string>> => {
    const existing = await findExistingJobs(database, keys.map(idOf))
    return new Set(keys.filter((key) => existing.has(idOf(key))))
  }
  const { runs, skipped, surroundings } = await plan(context, input, startedBefore)
  const jobIds: string[] = []
  for (let from = 0; from < runs.length; from += queuedAtOnce) {
    const queued = runs.slice(from, from + queuedAtOnce).map(({ key, brandId, jobType, parameters }) =>
      queueOneTimeJob(database, context.identity, {
        id: idOf(key),
        brandId,
        jobType,
        name: nameOf(jobType, surroundings),
        parameters,
        triggerSource: context.identity.door === 'api' ? 'api' : 'manual',
      }),
    )
    jobIds.push(...(await Promise.all(queued)).map(({ job }) => job.id))
  }
  return { jobIds, skipped: skipped.length }
})

/** Labels are published by other programs; a name holds no invisible characters (bad input 37). */
function nameOf(jobType: string, { catalog }: Surroundings): string {
  const label = catalog.jobTypes.get(jobType)?.label ?? jobType
  const visible = label.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029\u200B\u2060\uFEFF]/gu, '').trim()
  return `${visible.slice(0, 80) || 'Refresh'} (fix)`
}
