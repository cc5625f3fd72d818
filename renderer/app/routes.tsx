import { useQueryClient } from '@tanstack/react-query'
import { startTransition, useEffect } from 'react'
import { Redirect, Route, Switch, useParams } from 'wouter'
import { useQueries, useSession } from '../client/context.tsx'
import { LiveProvider } from '../client/live.tsx'
import { NoOrganization } from '../pages/no-organization.tsx'
import { NotFound } from '../pages/not-found.tsx'
import { Frame } from './frame.tsx'
import { pagePath } from './places.ts'
import { BrandPlace, DatasetPlace, ExternalRunPlace, IncidentPlace, JobPlace, RunPlace } from './places-of-things.tsx'
import { usePreferences } from './preferences.tsx'

/** From an address to what is shown. */
export function Routes() {
  return (
    <Switch>
      <Route path="/">
        <Home />
      </Route>
      <Route path="/o/:organizationId" nest={false}>
        <Home />
      </Route>
      <Route path="/o/:organizationId/:page">
        <OrganizationPages />
      </Route>
      <Route path="/runs/:runId">{({ runId }) => <RunPlace runId={runId} />}</Route>
      <Route path="/jobs/:jobId">{({ jobId }) => <JobPlace jobId={jobId} />}</Route>
      <Route path="/external-runs/:runId">{({ runId }) => <ExternalRunPlace runId={runId} />}</Route>
      <Route path="/incidents/:incidentId">{({ incidentId }) => <IncidentPlace incidentId={incidentId} />}</Route>
      <Route path="/settings">
        <Home page="settings" />
      </Route>
      <Route path="/brands/:brandId">{({ brandId }) => <BrandPlace brandId={brandId} />}</Route>
      <Route path="/brands/:brandId/datasets/:dataset">
        {({ brandId }) => <DatasetPlace brandId={brandId} dataset={lastPartOfAddress()} />}
      </Route>
      <Route>
        <NothingHere />
      </Route>
    </Switch>
  )
}

function NothingHere() {
  return (
    <main>
      <NotFound />
    </main>
  )
}

/** The organization used last, else the first that has the section, else the first. */
function Home({ page = 'health' }: { page?: string }) {
  const { organizations } = useSession()
  const { preferences } = usePreferences()
  const { organizationId } = useParams<{ organizationId?: string }>()
  const chosen =
    organizations.find(({ id }) => id === (organizationId ?? preferences.organizationId)) ??
    organizations.find(({ features }) => features.includes('PIPELINE_MANAGER')) ??
    organizations[0]
  const cache = useQueryClient()
  const queries = useQueries()
  if (chosen !== undefined) return <Redirect to={pagePath(chosen.id, page)} replace />
  return <NoOrganization onRetry={() => void cache.invalidateQueries({ queryKey: queries.session.key() })} />
}

function OrganizationPages() {
  const { organizationId, page } = useParams<{ organizationId: string; page: string }>()
  const organization = useSession().organizations.find(({ id }) => id === organizationId)
  const { preferences, prefer } = usePreferences()
  const isNew = organization !== undefined && preferences.organizationId !== organizationId
  useEffect(() => {
    // For the next time; what is being drawn now goes first.
    if (isNew) startTransition(() => prefer({ organizationId }))
  }, [isNew, organizationId, prefer])
  if (organization === undefined) return <NothingHere />
  const hasSection = organization.features.includes('PIPELINE_MANAGER')
  return (
    <LiveProvider key={organizationId} organizationId={organizationId} isOn={hasSection}>
      <Frame page={page} />
    </LiveProvider>
  )
}

/** From the address itself: what the router hands over has been decoded once already. A hand-made one may hold a % that begins nothing. */
function lastPartOfAddress(): string {
  const text = window.location.pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
