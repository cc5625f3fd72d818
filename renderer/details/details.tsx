import { lazy, type ReactNode, Suspense } from 'react'
import type { Opened } from '../app/places.ts'

const RunDetails = lazy(() => import('./run-details.tsx').then((part) => ({ default: part.RunDetails })))
const ExternalRunDetails = lazy(() =>
  import('./external-run-details.tsx').then((part) => ({ default: part.ExternalRunDetails })),
)
const JobDetails = lazy(() => import('./job-details.tsx').then((part) => ({ default: part.JobDetails })))
const DatasetDetails = lazy(() => import('./dataset-details.tsx').then((part) => ({ default: part.DatasetDetails })))
const IncidentDetails = lazy(() => import('./incident-details.tsx').then((part) => ({ default: part.IncidentDetails })))

type Show = { readonly [Kind in Opened['kind']]: (opened: Extract<Opened, { kind: Kind }>) => ReactNode }

const show: Show = {
  run: ({ runId }) => <RunDetails key={runId} runId={runId} />,
  external: ({ externalRunId }) => <ExternalRunDetails key={externalRunId} runId={externalRunId} />,
  job: ({ jobId }) => <JobDetails key={jobId} jobId={jobId} />,
  incident: ({ incidentId }) => <IncidentDetails key={incidentId} incidentId={incidentId} />,
  dataset: ({ brandId, dataset }) => (
    <DatasetDetails key={`${brandId} ${dataset}`} brandId={brandId} dataset={dataset} />
  ),
}

/** Whatever was opened, in a drawer or on a page of its own. */
export function Details({ opened }: { opened: Opened }) {
  return <Suspense fallback={null}>{(show[opened.kind] as (opened: Opened) => ReactNode)(opened)}</Suspense>
}
