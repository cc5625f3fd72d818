import type { Asking } from '../client/asking.ts'
import { centreOf } from '../incidents/use-centre.ts'
import { jobCounts, jobNarrowing } from '../jobs/use-job-counts.ts'
import { tabs } from '../tabs/registry.ts'
import { type Page, pageAt } from './pages.ts'
import { narrowingOf, openedParameters } from './places.ts'

/** These mean the same on every page, or lie on top of it; any other filters what is asked. */
const ofEveryPage: ReadonlySet<string> = new Set(['brand', 'brands', ...openedParameters])

/**
 * While nothing is drawn yet, asks for all that the page at an address begins with, at once instead of one after the other: who is there,
 * what the page shows, its code, what the frame around it shows. A browser asks six things at a time, so the order counts.
 */
export function askAhead(by: Omit<Asking, 'place'>, { pathname, searchParams, hash }: URL): void {
  const page = pageOf(pathname)
  // With the code of a link in the address nobody is signed in yet.
  if (hash.startsWith('#code=')) return swallow([page?.load()])
  const organizationId = /^\/o\/([^/]+)\//.exec(pathname)?.[1]
  const asking = organizationId && { ...by, place: { organizationId, ...narrowingOf(searchParams) } }
  const isFiltered = [...searchParams.keys()].some((name) => !ofEveryPage.has(name))
  swallow([by.cache.query(by.queries.session.get.queryOptions())])
  if (asking && !isFiltered) swallow(page?.ask?.(asking) ?? [])
  swallow([page?.load()])
  if (asking) swallow(askFrame(asking))
}

/** The start leads to the first page. */
function pageOf(pathname: string): Page | null {
  return pageAt((pathname === '/' ? tabs[0]?.path : /^\/o\/[^/]+\/([^/]+)$/.exec(pathname)?.[1]) ?? '')
}

/** What navigation, header and banners show. */
function askFrame({ queries, cache, place }: Asking): Promise<unknown>[] {
  const { organizationId } = place
  return [
    cache.query(queries.session.brands.queryOptions({ input: { organizationId } })),
    cache.query(jobCounts(queries, jobNarrowing(place))),
    cache.query(queries.freshness.summary.queryOptions({ input: { ...place } })),
    cache.query(centreOf(queries, organizationId)),
    cache.query(queries.catalog.agents.queryOptions()),
    cache.query(queries.notifications.channels.queryOptions({ input: { organizationId } })),
    cache.query(queries.holds.list.queryOptions({ input: { organizationId, brandId: null } })),
    cache.query(queries.connection.queue.queryOptions()),
  ]
}

/** What fails is asked again, and said, where it is shown. */
function swallow(asked: readonly (Promise<unknown> | undefined)[]): void {
  for (const answer of asked) answer?.catch(() => undefined)
}
