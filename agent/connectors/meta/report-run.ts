import { z } from 'zod'
import type { GraphClient, Query } from './graph-client.ts'
import { GraphFailure, tooMuchDataSubcode } from './graph-failure.ts'

/*
 * An asynchronous report: asked for, watched, then read page by page from its own insights edge.
 * https://developers.facebook.com/docs/marketing-api/insights/best-practices/#asynchronous
 */

const created = z.object({ report_run_id: z.union([z.string(), z.number()]).transform(String) })

const state = z.object({
  async_status: z.string(),
  async_percent_completion: z.number().catch(0),
  error_subcode: z.number().optional(),
  error_message: z.string().optional(),
})

const ends = new Set(['Job Completed', 'Job Failed', 'Job Skipped'])
const longestMs = 45 * 60_000

/** Returns the path of its insights once it is completed. @throws GraphFailure `too_much_data`, `transient`. */
export async function runReport(client: GraphClient, path: string, query: Query): Promise<string> {
  const { report_run_id: id } = await client.post(path, query, created)
  if (!/^\d{1,32}$/.test(id)) throw new GraphFailure('broken_answer', `Meta gave a report run of ${path} an odd id.`)
  const began = client.clock.monotonic()
  const { pollMs } = client.patience
  for (let wait = pollMs; ; wait = Math.min(wait * 1.5, pollMs * 10)) {
    const report = await client.get(
      `/${id}`,
      { fields: 'async_status,async_percent_completion,error_subcode,error_message' },
      state,
    )
    if (ends.has(report.async_status)) return endOf(id, report)
    if (client.clock.monotonic() - began > longestMs) {
      const percent = `${report.async_percent_completion} %`
      throw new GraphFailure(
        'transient',
        `Meta's report run ${id} is at ${percent} after ${longestMs / 60_000} minutes.`,
      )
    }
    await client.wait(wait)
  }
}

function endOf(id: string, report: z.output<typeof state>): string {
  if (report.async_status === 'Job Completed') return `/${id}/insights`
  const kind = report.error_subcode === tooMuchDataSubcode ? 'too_much_data' : 'transient'
  const words = report.error_message ?? 'it does not say why'
  throw new GraphFailure(kind, `Meta ended report run ${id} with "${report.async_status}": ${words}`)
}
