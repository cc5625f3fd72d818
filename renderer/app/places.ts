/**
 * Where everything is: stable URLs that can be copied, sent and opened cold.
 *
 *   /o/<organization>/<tab>?brand=<id>&…filters…&open=run:<id>     a page of an organization, with a drawer on top; `brands=EMEA`, a group, instead of a brand
 *   /runs/<id>, /external-runs/<id>, /jobs/<id>, /incidents/<id>, /brands/<id>, /brands/<id>/datasets/<key>   a thing by itself
 */
import { useCallback, useMemo } from 'react'
import { useLocation, useParams } from 'wouter'
// Wouter's own decodes the text before it is taken apart, so that a % in a filter would be decoded twice.
import { useSearch } from 'wouter/use-browser-location'
import type { Place } from '../client/asking.ts'

/** What a drawer on the right may show. In the URL as `run:<id>`, `external:<id>`, `job:<id>`, `incident:<id>`, `dataset:<brand id>:<key>`. */
export type Opened =
  | { readonly kind: 'run'; readonly runId: string }
  | { readonly kind: 'external'; readonly externalRunId: string }
  | { readonly kind: 'job'; readonly jobId: string }
  | { readonly kind: 'incident'; readonly incidentId: string }
  | { readonly kind: 'dataset'; readonly brandId: string; readonly dataset: string }

export function openedText(opened: Opened): string {
  if (opened.kind === 'run') return `run:${opened.runId}`
  if (opened.kind === 'external') return `external:${opened.externalRunId}`
  if (opened.kind === 'job') return `job:${opened.jobId}`
  if (opened.kind === 'incident') return `incident:${opened.incidentId}`
  return `dataset:${opened.brandId}:${opened.dataset}`
}

export function openedOf(text: string | null): Opened | null {
  const [kind, id = '', ...rest] = (text ?? '').split(':')
  if (id === '') return null
  if (kind === 'run') return { kind, runId: id }
  if (kind === 'external') return { kind, externalRunId: id }
  if (kind === 'job') return { kind, jobId: id }
  if (kind === 'incident') return { kind, incidentId: id }
  if (kind === 'dataset' && rest.length > 0) return { kind, brandId: id, dataset: rest.join(':') }
  return null
}

/** The stable address of a thing, from the root of the site. */
export function permanentPath(opened: Opened): string {
  if (opened.kind === 'run') return `/runs/${opened.runId}`
  if (opened.kind === 'external') return `/external-runs/${opened.externalRunId}`
  if (opened.kind === 'job') return `/jobs/${opened.jobId}`
  if (opened.kind === 'incident') return `/incidents/${opened.incidentId}`
  return `/brands/${opened.brandId}/datasets/${encodeURIComponent(opened.dataset)}`
}

export function pagePath(organizationId: string, page: string, search: Readonly<Record<string, string>> = {}): string {
  const parameters = new URLSearchParams(search).toString()
  return `/o/${organizationId}/${page}${parameters === '' ? '' : `?${parameters}`}`
}

/** The organization in the address; there is one on every page of an organization. */
export function useOrganizationId(): string {
  const { organizationId } = useParams<{ organizationId?: string }>()
  if (organizationId === undefined) throw new Error('Used outside of a page of an organization.')
  return organizationId
}

/** Which rows of the page are opened in place. */
export const expandedParameter = 'expanded'
/** What is opened on a page, or over it: with another value it is the same page, filtered by the same. */
export const openedParameters = ['open', 'part', expandedParameter] as const

export type SearchChange = Readonly<Record<string, string | null>>

/** The parameters of the address, and how to change some (null takes one away). `replace` adds no step for Back. */
export function useSearchParameters(): [URLSearchParams, (change: SearchChange, how?: { replace?: boolean }) => void] {
  const search = useSearch()
  const [path, navigate] = useLocation()
  const parameters = useMemo(() => new URLSearchParams(search), [search])
  const change = useCallback(
    (changes: SearchChange, { replace = false }: { replace?: boolean } = {}) => {
      // What comes back late, as a save does, leaves whoever has gone on to another page there.
      if (new URL(window.location.href).pathname !== new URL(path, window.location.href).pathname) return
      // Read from the window, so that two changes in one turn of the event loop both count.
      const next = new URLSearchParams(window.location.search)
      for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === '') next.delete(name)
        else next.set(name, value)
      }
      const text = next.toString()
      navigate(text === '' ? path : `${path}?${text}`, { replace })
    },
    [path, navigate],
  )
  return [parameters, change]
}

/** What narrows every page: a brand, or a group of brands; both null = all brands. */
export interface Narrowing {
  readonly brandId: string | null
  readonly group: string | null
}

/** Longer than the name of any group. */
const longestGroupText = 200

/** Of an address; where it has both, the brand counts. */
export function narrowingOf(parameters: URLSearchParams): Narrowing {
  const brandId = parameters.get('brand')?.toLowerCase() || null
  const group = parameters.get('brands')?.trim().slice(0, longestGroupText) || null
  return { brandId, group: brandId === null ? group : null }
}

/** The same for an address. */
export function narrowingSearch({ brandId, group }: Narrowing): Record<string, string> {
  if (brandId !== null) return { brand: brandId }
  return group === null ? {} : { brands: group }
}

/** The brand that the page is narrowed to; null = all, or those of a group. It stays when the tab changes, and takes the place of a group. */
export function useBrandId(): [string | null, (brandId: string | null) => void] {
  const [parameters, change] = useSearchParameters()
  return [narrowingOf(parameters).brandId, (brandId) => change({ brand: brandId, brands: null })]
}

/** The group of brands that the page is narrowed to; null = all brands, or the one. It takes the place of a brand. */
export function useGroup(): [string | null, (group: string | null) => void] {
  const [parameters, change] = useSearchParameters()
  return [narrowingOf(parameters).group, (group) => change({ brand: null, brands: group })]
}

/** What the address narrows everything on its page to, as calls take it. */
export function usePlace(): Place {
  const organizationId = useOrganizationId()
  const [parameters] = useSearchParameters()
  const { brandId, group } = narrowingOf(parameters)
  return useMemo(() => ({ organizationId, brandId, group }), [organizationId, brandId, group])
}

/** What links to other pages take along, so that they are narrowed to the same. */
export function useNarrowingSearch(): Record<string, string> {
  return narrowingSearch(usePlace())
}

/** What the drawer shows, and how to open and close it. Opening from a drawer replaces what it shows; Back goes back to it. */
export function useDrawer(): {
  readonly opened: Opened | null
  readonly open: (opened: Opened) => void
  readonly close: () => void
} {
  const [parameters, change] = useSearchParameters()
  return {
    opened: openedOf(parameters.get('open')),
    open: (opened) => change({ open: openedText(opened), part: null }),
    close: () => change({ open: null, part: null }),
  }
}
