import { randomUUID } from 'node:crypto'
import type { LocalClient } from '../agent/console/local-client.ts'
import { Problem } from '../shared/errors.ts'

/** The buttons of a notification, in their order: the system tells the number. */
export const notificationActions = [
  { action: 'acknowledge', text: 'Acknowledge' },
  { action: 'snooze', text: 'Snooze 1 h' },
  { action: 'fix', text: 'Run the fix' },
] as const
export type NotificationAction = (typeof notificationActions)[number]['action']

export interface ActionContext {
  readonly client: LocalClient
  /** By the database's clock. */
  readonly now: () => Date
}

const hourMs = 3_600_000

/** Does to an incident what its notification offers; what it was when it was shown may be over, which then is the answer. @throws Problem. */
export async function actOnIncident(
  action: NotificationAction,
  incidentId: string,
  { client, now }: ActionContext,
): Promise<void> {
  const { organizationId, lastEventId, brand, dataset, job } = await client.incidents.get({ incidentId })
  if (action === 'fix')
    return runFix(client, { organizationId, brandId: brand?.id, dataset: dataset?.key, jobId: job?.id })
  if (organizationId === null) throw noOrganization()
  const incidents = [{ id: incidentId, seenEventId: lastEventId }]
  const { results } =
    action === 'acknowledge'
      ? await client.incidents.acknowledge({ organizationId, incidents })
      : await client.incidents.snooze({
          organizationId,
          incidents,
          until: new Date(now().getTime() + hourMs).toISOString(),
        })
  const [result] = results
  const isDone = result?.outcome === 'applied' || result?.outcome === 'unchanged' || result?.outcome === 'waiting'
  if (!isDone) throw new Problem('conflict', result?.message ?? 'Nothing was changed.')
}

interface Broken {
  readonly organizationId: string | null
  readonly brandId: string | undefined
  readonly dataset: string | undefined
  readonly jobId: string | undefined
}

/** A dataset is refreshed, a job is tried again. */
async function runFix(client: LocalClient, { organizationId, brandId, dataset, jobId }: Broken): Promise<void> {
  if (organizationId === null) throw noOrganization()
  const requestId = randomUUID()
  if (brandId !== undefined && dataset !== undefined) {
    const { jobIds } = await client.freshness.runFixes({ organizationId, requestId, cells: [{ brandId, dataset }] })
    if (jobIds.length === 0) throw new Problem('conflict', 'Nothing can be started for this dataset now.')
  } else if (jobId !== undefined) {
    const { job } = await client.jobs.get({ jobId })
    await client.jobs.retry({ jobId, version: job.version })
  } else throw new Problem('conflict', 'There is no fix that can be started for this.')
}

function noOrganization(): Problem {
  return new Problem('conflict', 'It concerns every organization.', { fix: 'Open it in the console.' })
}
