/*
 * What administrators do to organizations and brands. Each command is one transaction that writes who did it (operator_actions); repeating one
 * changes nothing and says so.
 */
import type { JsonObject } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import type { ActionName } from '../../shared/operator-actions.ts'
import { checkName } from '../jobs/names.ts'
import { pauseJob, resumeJob } from '../jobs/operations.ts'
import {
  archiveBrand,
  forgetPausedJobs,
  type HeldBrand,
  holdBrand,
  lockBrandsOf,
  renameBrand,
  restoreBrand,
} from '../store/brand-administration.ts'
import { type Brand, getBrand, insertBrand, listBrands } from '../store/brands.ts'
import { type Database, type DatabasePool, isUniqueViolation } from '../store/database.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'
import { pipelineManagerFeature, setOrganizationFeature } from '../store/organization-features.ts'
import { insertOrganization } from '../store/organizations.ts'

/** With the section PIPELINE_MANAGER on, because it was created here. Returns the id. @throws Problem `invalid_input`. */
export async function addOrganization(database: DatabasePool, actor: Actor, text: string): Promise<string> {
  const name = checkName(text)
  return database.transaction(async (transaction) => {
    const organizationId = await insertOrganization(transaction, name)
    const feature = { organizationId, feature: pipelineManagerFeature, enabled: true, changedBy: actor.operator }
    await setOrganizationFeature(transaction, feature)
    await insertOperatorAction(transaction, {
      actor,
      organizationId,
      action: 'organization.create',
      subjectType: 'organization',
      subjectId: organizationId,
      before: null,
      after: { name },
    })
    return organizationId
  })
}

/** Returns the id. @throws Problem `invalid_input`; `conflict` when a brand in use has the name. */
export async function addBrand(
  database: DatabasePool,
  actor: Actor,
  { organizationId, name }: { readonly organizationId: string; readonly name: string },
): Promise<string> {
  const checked = checkName(name)
  return database.transaction(async (transaction) => {
    await lockBrandsOf(transaction, organizationId)
    await requireFreeName(transaction, organizationId, checked)
    return addBrandWithin(transaction, actor, { organizationId, name: checked })
  })
}

/** As part of a larger change; the name has been checked. */
export async function addBrandWithin(
  transaction: Database,
  actor: Actor,
  { organizationId, name }: { readonly organizationId: string; readonly name: string },
): Promise<string> {
  const id = await uniquely(name, () => insertBrand(transaction, organizationId, name))
  await record(transaction, actor, { id, organizationId }, 'brand.create', null, { name })
  return id
}

/** False when it has the name already. @throws Problem `invalid_input`, `conflict`, `not_found`. */
export async function changeBrandName(
  database: DatabasePool,
  actor: Actor,
  brandId: string,
  text: string,
): Promise<boolean> {
  const name = checkName(text)
  return database.transaction(async (transaction) => {
    const brand = await heldAmongOthers(transaction, brandId)
    if (brand.name === name) return false
    await requireFreeName(transaction, brand.organizationId, name)
    await uniquely(name, () => renameBrand(transaction, brandId, name))
    await record(transaction, actor, brand, 'brand.rename', { name: brand.name }, { name })
    return true
  })
}

export interface PutAway {
  /** False when it was so already. */
  readonly changed: boolean
  /** Jobs that were paused, or resumed. */
  readonly jobs: number
}

/**
 * Puts a brand away: nothing lists it, nothing is told of its data, its active jobs are paused. A run in progress goes on. Repeated, it
 * pauses what an earlier try did not come to.
 */
export async function putBrandAway(database: DatabasePool, actor: Actor, brandId: string): Promise<PutAway> {
  const { changed, jobs } = await database.transaction(async (transaction) => {
    const brand = await held(transaction, brandId)
    if (brand.isArchived) return { changed: false, jobs: brand.pausedJobs }
    const paused = await archiveBrand(transaction, brandId, actor.operator)
    await record(transaction, actor, brand, 'brand.archive', { archived: false }, { archived: true })
    return { changed: true, jobs: paused }
  })
  return { changed, jobs: await countChanged(jobs, (jobId) => pauseJob(database, actor, jobId)) }
}

/**
 * Takes that back: the jobs that were paused for it go on. Repeated, it resumes what an earlier try did not come to.
 * @throws Problem `conflict` when another brand has its name now.
 */
export async function bringBrandBack(database: DatabasePool, actor: Actor, brandId: string): Promise<PutAway> {
  const { changed, jobs } = await database.transaction(async (transaction) => {
    const brand = await heldAmongOthers(transaction, brandId)
    if (!brand.isArchived) return { changed: false, jobs: brand.pausedJobs }
    await requireFreeName(transaction, brand.organizationId, brand.name)
    await restoreBrand(transaction, brandId)
    await record(transaction, actor, brand, 'brand.restore', { archived: true }, { archived: false })
    return { changed: true, jobs: brand.pausedJobs }
  })
  const resumed = await countChanged(jobs, (jobId) => resumeJob(database, actor, jobId))
  if (jobs.length > 0) await forgetPausedJobs(database, brandId)
  return { changed, jobs: resumed }
}

/** How many did change; one that somebody has archived or removed meanwhile is left alone. */
async function countChanged(
  jobIds: readonly string[],
  change: (jobId: string) => Promise<{ readonly changed: boolean }>,
): Promise<number> {
  let count = 0
  for (const jobId of jobIds) {
    const outcome = await change(jobId).catch((error: unknown) => {
      if (error instanceof Problem && (error.code === 'conflict' || error.code === 'not_found')) return null
      throw error
    })
    if (outcome?.changed === true) count += 1
  }
  return count
}

async function held(transaction: Database, brandId: string): Promise<HeldBrand> {
  const brand = await holdBrand(transaction, brandId)
  if (brand !== null) return brand
  throw new Problem('not_found', `There is no brand ${brandId}.`, { field: 'brandId', value: brandId })
}

/** For a change that looks at the other brands of its organization, too. */
async function heldAmongOthers(transaction: Database, brandId: string): Promise<HeldBrand> {
  const brand = await getBrand(transaction, brandId)
  if (brand !== null) await lockBrandsOf(transaction, brand.organizationId)
  return held(transaction, brandId)
}

/** While the brands of the organization are locked. */
async function requireFreeName(transaction: Database, organizationId: string, name: string): Promise<void> {
  const taken = (await listBrands(transaction, organizationId)).find((brand) => brand.name === name)
  if (taken !== undefined) throw nameTaken(name, taken.id)
}

async function uniquely<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw isUniqueViolation(error) ? nameTaken(name, null) : error
  }
}

function nameTaken(name: string, id: string | null): Problem {
  const which = id === null ? '' : ` (${id})`
  return new Problem('conflict', `The organization already has a brand "${name}"${which}.`, {
    field: 'name',
    value: name,
    fix: 'Use that one, or choose another name.',
  })
}

async function record(
  transaction: Database,
  actor: Actor,
  { id, organizationId }: Pick<Brand, 'id' | 'organizationId'>,
  action: ActionName,
  before: JsonObject | null,
  after: JsonObject | null,
): Promise<void> {
  await insertOperatorAction(transaction, {
    actor,
    organizationId,
    action,
    subjectType: 'brand',
    subjectId: id,
    before,
    after,
  })
}
