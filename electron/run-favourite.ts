import type { LocalClient } from '../agent/console/local-client.ts'

/** Runs a job now. False when that is for its page: the job belongs to no organization, or it was refused. */
export async function runFavourite(jobId: string, client: LocalClient): Promise<boolean> {
  const { organizationId, job } = await client.jobs.get({ jobId })
  if (organizationId === null) return false
  const jobs = [{ id: jobId, version: job.version }]
  const { results } = await client.jobs.act({ organizationId, action: 'run_now', jobs })
  return results[0]?.refused === null
}
