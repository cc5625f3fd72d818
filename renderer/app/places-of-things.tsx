import { useQuery } from '@tanstack/react-query'
import { Redirect } from 'wouter'
import { useQueries, useSession } from '../client/context.tsx'
import { Failure } from '../components/failure.tsx'
import { openedText, pagePath } from './places.ts'
import { usePreferences } from './preferences.tsx'

/*
 * A thing's own address leads to the page where it lives, with the thing open: the reader lands in context and can go on from there.
 */

export function RunPlace({ runId }: { runId: string }) {
  const run = useQuery(useQueries().runs.get.queryOptions({ input: { runId } }))
  const fallback = useFallbackOrganization()
  if (run.error !== null) return <Failure error={run.error} onRetry={() => void run.refetch()} />
  if (run.data === undefined) return null
  const organizationId = run.data.run.organizationId ?? fallback
  return <Redirect to={pagePath(organizationId, 'run-history', { open: openedText({ kind: 'run', runId }) })} replace />
}

export function ExternalRunPlace({ runId }: { runId: string }) {
  const run = useQuery(useQueries().externalRuns.get.queryOptions({ input: { runId } }))
  if (run.error !== null) return <Failure error={run.error} onRetry={() => void run.refetch()} />
  if (run.data === undefined) return null
  const search = { source: 'external', open: openedText({ kind: 'external', externalRunId: runId }) }
  return <Redirect to={pagePath(run.data.run.organizationId, 'run-history', search)} replace />
}

export function JobPlace({ jobId }: { jobId: string }) {
  const job = useQuery(useQueries().jobs.get.queryOptions({ input: { jobId } }))
  const fallback = useFallbackOrganization()
  if (job.error !== null) return <Failure error={job.error} onRetry={() => void job.refetch()} />
  if (job.data === undefined) return null
  const page = job.data.job.scheduleType === 'recurring' ? 'schedules' : 'active-jobs'
  const organizationId = job.data.organizationId ?? fallback
  return <Redirect to={pagePath(organizationId, page, { open: openedText({ kind: 'job', jobId }) })} replace />
}

export function IncidentPlace({ incidentId }: { incidentId: string }) {
  const incident = useQuery(useQueries().incidents.get.queryOptions({ input: { incidentId } }))
  const fallback = useFallbackOrganization()
  if (incident.error !== null) return <Failure error={incident.error} onRetry={() => void incident.refetch()} />
  if (incident.data === undefined) return null
  const organizationId = incident.data.organizationId ?? fallback
  const open = openedText({ kind: 'incident', incidentId })
  return <Redirect to={pagePath(organizationId, 'incidents', { open })} replace />
}

export function BrandPlace({ brandId }: { brandId: string }) {
  const brand = useQuery(useQueries().freshness.brand.queryOptions({ input: { brandId } }))
  if (brand.error !== null) return <Failure error={brand.error} onRetry={() => void brand.refetch()} />
  if (brand.data === undefined) return null
  return <Redirect to={pagePath(brand.data.brand.organizationId, 'health', { brand: brandId })} replace />
}

export function DatasetPlace({ brandId, dataset }: { brandId: string; dataset: string }) {
  const brand = useQuery(useQueries().freshness.brand.queryOptions({ input: { brandId } }))
  if (brand.error !== null) return <Failure error={brand.error} onRetry={() => void brand.refetch()} />
  if (brand.data === undefined) return null
  const { organizationId } = brand.data.brand
  const search = { brand: brandId, open: openedText({ kind: 'dataset', brandId, dataset }) }
  return <Redirect to={pagePath(organizationId, 'health', search)} replace />
}

/** Platform-level jobs, and incidents of an agent, belong to no organization: they are shown in the one used last. */
function useFallbackOrganization(): string {
  const { organizations } = useSession()
  const { preferences } = usePreferences()
  return (organizations.find(({ id }) => id === preferences.organizationId) ?? organizations[0])?.id ?? ''
}
