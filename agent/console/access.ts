/**
 * Which organizations, brands, jobs and runs a caller gets to see. Every call that names one goes through here, so that
 * organizations are separated and gated in one place. What is not yours does not exist: NOT_FOUND, never NOT_ALLOWED.
 */
import { Problem } from '../../shared/errors.ts'
import { type Brand, getBrand, listBrands } from '../store/brands.ts'
import { getIncidents, type Incident } from '../store/incident-views.ts'
import { howToEnable, organizationAccess } from '../store/organization-features.ts'
import { getRun, type Run } from '../store/scheduled-job-runs.ts'
import { getJob, type Job } from '../store/scheduled-jobs.ts'
import type { ConsoleContext } from './context.ts'

/** Without asking the database. @throws Problem `not_found` for a caller that is bound to another organization. */
export function requireOwn({ identity }: Pick<ConsoleContext, 'identity'>, organizationId: string): void {
  const own = identity.organizationId
  if (own !== null && own !== organizationId) throw notFound(...missingOrganization(organizationId))
}

/** @throws Problem `not_found`; `not_allowed` while the section is switched off for it. */
export async function requireOrganization(context: ConsoleContext, organizationId: string): Promise<void> {
  await requireVisible(context, organizationId, ...missingOrganization(organizationId))
}

function missingOrganization(organizationId: string): [string, Named] {
  return [`There is no organization ${organizationId}.`, { field: 'organizationId', value: organizationId }]
}

/** The brand, when its organization is the caller's and has the section. */
export async function requireBrand(context: ConsoleContext, brandId: string): Promise<Brand> {
  const missing = `There is no brand ${brandId}.`
  const brand = await getBrand(context.services.database, brandId)
  if (brand === null) throw notFound(missing, { field: 'brandId', value: brandId })
  await requireVisible(context, brand.organizationId, missing, { field: 'brandId', value: brandId })
  return brand
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The same by its id, or by its name: the very name wins over one in other letters, as on the command line. @throws Problem also `ambiguous` */
export async function requireBrandNamed(context: ConsoleContext, text: string): Promise<Brand> {
  if (uuid.test(text)) return requireBrand(context, text)
  const plain = (name: string): string => name.normalize('NFC').trim()
  const wanted = plain(text)
  const brands = await listBrands(context.services.database, context.identity.organizationId)
  const exact = brands.filter(({ name }) => plain(name) === wanted)
  const found =
    exact.length > 0 ? exact : brands.filter(({ name }) => plain(name).toLowerCase() === wanted.toLowerCase())
  const [brand, ...others] = found
  if (brand === undefined) throw notFound(`There is no brand "${text}".`, { field: 'brand', value: text })
  if (others.length === 0) return requireBrand(context, brand.id)
  throw new Problem('ambiguous', `${found.length} brands have the name "${text}".`, {
    field: 'brand',
    value: text,
    fix: `Give the id of one: ${found
      .slice(0, 5)
      .map(({ id }) => id)
      .join(', ')}.`,
  })
}

/** The brand, which must belong to the organization asked about. */
export async function requireBrandOf(context: ConsoleContext, organizationId: string, brandId: string): Promise<Brand> {
  const brand = await requireBrand(context, brandId)
  if (brand.organizationId === organizationId) return brand
  throw notFound(`There is no brand ${brandId} in this organization.`, { field: 'brandId', value: brandId })
}

export async function requireJob(context: ConsoleContext, jobId: string): Promise<Job> {
  const missing = `There is no job ${jobId}.`
  const job = await getJob(context.services.database, jobId)
  if (job === null) throw notFound(missing, { field: 'jobId', value: jobId })
  await requireOwned(context, job.organizationId, missing, { field: 'jobId', value: jobId })
  return job
}

export async function requireRun(context: ConsoleContext, runId: string): Promise<Run> {
  const missing = `There is no run ${runId}.`
  const run = await getRun(context.services.database, runId)
  if (run === null) throw notFound(missing, { field: 'runId', value: runId })
  await requireOwned(context, run.organizationId, missing, { field: 'runId', value: runId })
  return run
}

/** The incident, when the caller sees it: of their organization, or of everybody. */
export async function requireIncident(context: ConsoleContext, incidentId: string): Promise<Incident> {
  const missing = `There is no incident ${incidentId}.`
  const named = { field: 'incidentId', value: incidentId }
  const { identity, services } = context
  const view = { organizationId: identity.organizationId, withPlatform: seesPlatform(context) }
  const [incident] = await getIncidents(services.database, [incidentId], view)
  if (incident === undefined) throw notFound(missing, named)
  if (isEverybodys(incident)) return incident
  await requireOwned(context, incident.organizationId, missing, named)
  return incident
}

/** An agent that is lost concerns every organization. */
export function isEverybodys({ kind, organizationId }: Pick<Incident, 'kind' | 'organizationId'>): boolean {
  return kind === 'agent_lost' && organizationId === null
}

/** Whether platform-level jobs, and jobs whose brand is gone, are shown to the caller: they belong to nobody's organization (J12). */
export function seesPlatform({ identity }: ConsoleContext): boolean {
  return identity.scope === 'admin' && identity.organizationId === null
}

/** @throws Problem `not_allowed` unless the caller may work with platform-level jobs. */
export function requirePlatform(context: ConsoleContext): void {
  if (seesPlatform(context)) return
  throw new Problem('not_allowed', 'Platform-level jobs are for administrators of all organizations.', {
    field: 'brandId',
    value: null,
    fix: 'Name a brand.',
  })
}

interface Named {
  readonly field: string
  readonly value: string
}

/** What belongs to an organization, or to none (null): those are shown to administrators of all. */
export async function requireOwned(
  context: ConsoleContext,
  organizationId: string | null,
  missing: string,
  named: Named,
): Promise<void> {
  if (organizationId !== null) await requireVisible(context, organizationId, missing, named)
  else if (!seesPlatform(context)) throw notFound(missing, named)
}

async function requireVisible(
  { identity, services }: ConsoleContext,
  organizationId: string,
  missing: string,
  named: Named,
): Promise<void> {
  const own = identity.organizationId
  if (own !== null && own !== organizationId) throw notFound(missing, named)
  const access = await organizationAccess(services.database, organizationId)
  if (access === 'missing') throw notFound(missing, named)
  if (access === 'on') return
  throw new Problem('not_allowed', 'Pipeline Manager is switched off for this organization.', {
    ...named,
    fix: howToEnable,
  })
}

/** For what is not there, or not the caller's: the two are never told apart. */
export function notFound(message: string, named: Named): Problem {
  return new Problem('not_found', message, { ...named, fix: 'Check the id; it may belong to another organization.' })
}
