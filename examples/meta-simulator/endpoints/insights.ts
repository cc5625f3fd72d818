import { dayOf } from '../days.ts'
import { type InsightRow, rowOf } from '../delivery.ts'
import { GraphError, invalidParameter, reduceData, tooMuchData, unknownObject } from '../graph-error.ts'
import { asked, type Page, page } from '../paging.ts'
import { fieldsOf, type GraphRequest, type Route } from '../request.ts'
import type { Simulation } from '../simulation.ts'
import type { Account, Ad, AdStatus } from '../world.ts'

/** Rows of a page at most, whatever `limit` says. */
const mostPerPage = 1_000

/** https://developers.facebook.com/docs/marketing-api/reference/ad-account/insights/ */
export const insightsRoute: Route = {
  endpoint: 'insights',
  method: 'GET',
  path: /^\/(act_\d+)\/insights$/,
  answer: (request) => {
    const { simulation, parts, query } = request
    const account = simulation.account(parts[0] ?? '')
    const rows = rowsAskedFor(simulation, account, query)
    if (rows > simulation.mostRows)
      throw new GraphError({ ...tooMuchData, message: '(#100) The request asks for too much data.' })
    if (rows > simulation.syncRows) throw reduceData()
    return insightsPage(request, account, query)
  },
}

/**
 * https://developers.facebook.com/docs/marketing-api/reference/adgroup/insights/ : of one ad, which may have been
 * deleted.
 */
export const adInsightsRoute: Route = {
  endpoint: 'insights',
  method: 'GET',
  path: /^\/(1202\d{13})\/insights$/,
  answer: ({ simulation, parts: [id = ''], query, url, token }) => {
    const ad = simulation.world.adById(id)
    if (ad === null || ad.account.permitted === false) throw unknownObject(id)
    const { since, until } = windowOf(simulation, ad.account, query)
    const today = simulation.today(ad.account)
    const rows: object[] = []
    for (let day = since; day <= until; day += 1) {
      const row = rowOn(simulation, ad, day, today)
      if (row !== null) rows.push(onlyFields(row, fieldsOf(query)))
    }
    return page(rows, 0, null, url, token)
  },
}

/** Days × ads of a request. @throws GraphError for parameters that cannot be. */
export function rowsAskedFor(simulation: Simulation, account: Account, query: URLSearchParams): number {
  const { since, until } = windowOf(simulation, account, query)
  return Math.max(0, until - since + 1) * account.ads
}

/** A page of what `query` asks for; where the page begins is in the request. */
export function insightsPage(request: GraphRequest, account: Account, query: URLSearchParams): Page {
  const { simulation, url, token } = request
  const { from, limit } = asked(request.query, mostPerPage)
  const fields = fieldsOf(query)
  const rows: object[] = []
  let position = from
  for (const { row, at } of delivered(simulation, account, query, from)) {
    if (rows.length === limit) return page(rows, from, position, url, token)
    rows.push(onlyFields(row, fields))
    position = at + 1
  }
  return page(rows, from, null, url, token)
}

/** Day by day, ad by ad, from a position on. */
function* delivered(
  simulation: Simulation,
  account: Account,
  query: URLSearchParams,
  from: number,
): Generator<{ row: InsightRow; at: number }> {
  const { since, until } = windowOf(simulation, account, query)
  const today = simulation.today(account)
  const wanted = statusesOf(query)
  for (let at = from; at < (until - since + 1) * account.ads; at += 1) {
    const day = since + Math.floor(at / account.ads)
    const ad = simulation.world.ad(account, at % account.ads)
    if (!isWanted(simulation, ad, wanted)) continue
    const row = rowOn(simulation, ad, day, today)
    if (row !== null) yield { row, at }
  }
}

function rowOn(simulation: Simulation, ad: Ad, day: number, today: { day: number; passed: number }): InsightRow | null {
  const time = { age: today.day - day, passed: today.passed }
  return rowOf(simulation.world.seed, ad, day, time, simulation.restatementOf(ad.account, day))
}

/**
 * Without a filter of their own, archived ads are left out; deleted ones always are (manage-your-ad-object-status of
 * the same guide).
 */
function isWanted(simulation: Simulation, ad: Ad, wanted: ReadonlySet<string> | null): boolean {
  const status: AdStatus = simulation.statusOf(ad)
  if (status === 'DELETED') return false
  return wanted === null ? status !== 'ARCHIVED' : wanted.has(status)
}

function windowOf(simulation: Simulation, account: Account, query: URLSearchParams) {
  if (query.get('level') !== 'ad') throw invalidParameter('This simulator knows insights with level=ad only')
  if (query.get('time_increment') !== '1')
    throw invalidParameter('This simulator knows insights with time_increment=1 only')
  const range: unknown = parsed(query, 'time_range')
  const [since, until] = ['since', 'until'].map((end) => dayOf(textAt(range, end)))
  if (typeof since !== 'number' || typeof until !== 'number' || since > until) {
    throw invalidParameter('Must be a time range with a start date before the end date')
  }
  const today = simulation.today(account)
  return { since, until: Math.min(until, today.day) }
}

/** `filtering=[{"field":"ad.effective_status","operator":"IN","value":[…]}]`; null = no filter. */
function statusesOf(query: URLSearchParams): ReadonlySet<string> | null {
  const filters: unknown = query.has('filtering') ? parsed(query, 'filtering') : []
  if (!Array.isArray(filters)) throw invalidParameter('param filtering must be an array')
  const [filter] = filters as { field?: unknown; operator?: unknown; value?: unknown }[]
  if (filter === undefined) return null
  if (filter.field !== 'ad.effective_status' || filter.operator !== 'IN' || !Array.isArray(filter.value)) {
    throw invalidParameter('This simulator filters by ad.effective_status IN […] only')
  }
  return new Set(filter.value.map(String))
}

function parsed(query: URLSearchParams, name: string): unknown {
  try {
    return JSON.parse(query.get(name) ?? '')
  } catch {
    throw invalidParameter(`param ${name} must be valid JSON`)
  }
}

function textAt(value: unknown, key: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  return typeof found === 'string' ? found : ''
}

function onlyFields(row: InsightRow, fields: ReadonlySet<string> | null): object {
  if (fields === null) return row
  const kept: Record<string, unknown> = {}
  for (const field in row) if (fields.has(field) || field.startsWith('date_')) kept[field] = row[field]
  return kept
}
