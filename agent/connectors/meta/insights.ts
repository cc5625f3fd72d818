import { accountPath } from './accounts.ts'
import { type DayRange, halvesOf } from './days.ts'
import type { GraphClient, Query } from './graph-client.ts'
import { GraphFailure } from './graph-failure.ts'
import { type AdDay, adDayOf, insightFields, insightSchema } from './insight-row.ts'
import { pages } from './pages.ts'
import { runReport } from './report-run.ts'

/**
 * All that can have delivered. Without it Meta leaves out archived ads, and with them what they cost. Deleted ones
 * cannot be asked for at the account:
 * https://developers.facebook.com/docs/marketing-api/best-practices/manage-your-ad-object-status
 */
const everyStatus = [
  'ACTIVE',
  'PAUSED',
  'PENDING_REVIEW',
  'DISAPPROVED',
  'PREAPPROVED',
  'PENDING_BILLING_INFO',
  'CAMPAIGN_PAUSED',
  'ARCHIVED',
  'ADSET_PAUSED',
  'IN_PROCESS',
  'WITH_ISSUES',
]

const rowsPerPage = 500

/**
 * What each ad of an account did on each day of the range, as Meta pages it. A range that is too much for an answer at
 * once is asked for as a report run, one that is too much for any request in halves; then a row may come twice, and the
 * later one counts.
 * @throws GraphFailure
 */
export async function* fetchInsights(client: GraphClient, accountId: string, range: DayRange): AsyncGenerator<AdDay[]> {
  const query = queryOf(range)
  try {
    yield* asPages(client, accountId, query)
  } catch (error) {
    const halves = halvesOf(range)
    if (!(error instanceof GraphFailure) || error.kind !== 'too_much_data' || halves === null) throw error
    for (const half of halves) yield* fetchInsights(client, accountId, half)
  }
}

/**
 * What one ad did in the range, also when it was deleted since: asked for by itself, it still answers.
 * @throws GraphFailure `permission` when nobody may tell any more.
 */
export function fetchAdInsights(client: GraphClient, adId: string, range: DayRange): AsyncGenerator<AdDay[]> {
  const { level, time_increment, time_range, fields } = queryOf({ since: range.since, until: range.until })
  return rowsOf(client, `/${encodeURIComponent(adId)}/insights`, { level, time_increment, time_range, fields }, true)
}

async function* asPages(client: GraphClient, accountId: string, query: Query): AsyncGenerator<AdDay[]> {
  const path = `${accountPath(accountId)}/insights`
  try {
    yield* rowsOf(client, path, query, false)
  } catch (error) {
    if (!(error instanceof GraphFailure) || error.kind !== 'too_slow') throw error
    yield* rowsOf(client, await runReport(client, path, query), {}, true)
  }
}

async function* rowsOf(client: GraphClient, path: string, query: Query, shrinks: boolean): AsyncGenerator<AdDay[]> {
  for await (const page of pages(client, path, query, insightSchema, { limit: rowsPerPage, shrinks })) {
    yield page.map(adDayOf)
  }
}

function queryOf(range: DayRange) {
  return {
    level: 'ad',
    time_increment: 1,
    time_range: range,
    fields: insightFields,
    filtering: [{ field: 'ad.effective_status', operator: 'IN', value: everyStatus }],
  } satisfies Query
}
