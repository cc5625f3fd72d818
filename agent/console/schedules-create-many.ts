import type { Problem } from '../../shared/errors.ts'
import { archivedBrand } from '../brands/brand-in-use.ts'
import { checkName } from '../jobs/names.ts'
import { type BrandSchedules, brandCadences, createForBrand } from '../jobs/operations.ts'
import { listArchivedBrands, listBrands } from '../store/brands.ts'
import { listScheduledBrands } from '../store/scheduled-brands.ts'
import { notFound, requireOrganization } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { inTurn, refusalOf } from './each-of-many.ts'
import { named } from './field-names.ts'
import { checkJobParameters, nobodyRuns, readWorkforce } from './jobs-workforce.ts'
import { procedures } from './procedures.ts'

export const coverage = procedures.schedules.coverage.handler(async ({ context, input }) => {
  const { organizationId, jobType } = input
  await requireOrganization(context, organizationId)
  return { scheduled: await listScheduledBrands(context.services.database, organizationId, jobType) }
})

interface Target {
  readonly id: string
  /** Null = it is none of the organization's. */
  readonly name: string | null
  /** Why nothing can be made for it; null = nothing speaks against it. */
  readonly problem: Problem | null
}

export const createMany = procedures.schedules.createMany.handler(async ({ context, input }) => {
  const { organizationId, jobType, dryRun } = input
  await requireOrganization(context, organizationId)
  const workforce = await readWorkforce(context.services)
  const parameters = checkJobParameters(workforce, jobType, input.parameters)
  const request: BrandSchedules = { ...input, name: checkName(input.name ?? jobType), parameters }
  // What is wrong with all of them is refused as a whole.
  const cadenceOf = await named(Promise.resolve().then(() => brandCadences(request)))
  const targets = await targetsOf(context, organizationId, input.brandIds)
  const make = dryRun ? await rehearsal(context, organizationId, request) : makerOf(context, request)
  const results = await inTurn(targets, async ({ id, name, problem }) => {
    const told = { brandId: id, brandName: name }
    try {
      if (problem !== null) throw problem
      const { outcome, message, jobId } = await make(id)
      const cron = outcome === 'exists' ? null : cadenceOf(id).cron
      return { ...told, outcome, message, refused: null, jobId, cron }
    } catch (thrown) {
      const refusal = refusalOf(context, 'schedules.createMany', thrown)
      return { ...told, outcome: 'refused' as const, jobId: null, cron: null, ...refusal }
    }
  })
  const count = (wanted: (typeof results)[number]['outcome']): number =>
    results.filter(({ outcome }) => outcome === wanted).length
  const nobody = nobodyRuns(workforce, jobType)
  return {
    results,
    created: count('created'),
    repeated: count('repeated'),
    existing: count('exists'),
    refused: count('refused'),
    note: nobody === null ? null : `${nobody.message} The schedules wait until one can. ${nobody.fix}`,
  }
})

interface Made {
  readonly outcome: 'created' | 'repeated' | 'exists'
  readonly message: string
  readonly jobId: string | null
}

function makerOf({ services, identity }: ConsoleContext, request: BrandSchedules): (brandId: string) => Promise<Made> {
  return async (brandId) => {
    const { outcome, message, job } = await createForBrand(services.database, identity, request, brandId)
    return { outcome, message, jobId: job.id }
  }
}

async function rehearsal(
  { services }: ConsoleContext,
  organizationId: string,
  { jobType, name }: BrandSchedules,
): Promise<(brandId: string) => Promise<Made>> {
  const scheduled = await listScheduledBrands(services.database, organizationId, jobType)
  const known = new Map(scheduled.map((one) => [one.brandId, one]))
  return async (brandId) => {
    const found = known.get(brandId)
    if (found === undefined) return { outcome: 'created', message: `${name} would be scheduled.`, jobId: null }
    return { outcome: 'exists', message: `It has ${found.jobName} already.`, jobId: found.jobId }
  }
}

/** The brands that are asked for, each once and by the id that is stored. */
async function targetsOf(
  { services, identity }: ConsoleContext,
  organizationId: string,
  brandIds: readonly string[] | null,
): Promise<Target[]> {
  const brands = await listBrands(services.database, organizationId)
  if (brandIds === null) return brands.map(({ id, name }) => ({ id, name, problem: null }))
  const known = new Map<string, Target>(brands.map(({ id, name }) => [id, { id, name, problem: null }]))
  const asked = [...new Set(brandIds.map((id) => id.toLowerCase()))]
  if (asked.some((id) => !known.has(id))) {
    for (const brand of await listArchivedBrands(services.database)) {
      if (brand.organizationId !== organizationId) continue
      known.set(brand.id, { id: brand.id, name: brand.name, problem: archivedBrand(identity, brand) })
    }
  }
  return asked.map((id) => known.get(id) ?? { id, name: null, problem: missingBrand(id) })
}

function missingBrand(id: string): Problem {
  return notFound(`There is no brand ${id} in this organization.`, { field: 'brandIds', value: id })
}
