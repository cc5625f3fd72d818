/** Filters of a page that a person keeps under a name, on this device. What a view is stays an address: the page is what it says. */
import { type Narrowing, narrowingSearch, openedParameters } from '../app/places.ts'

export interface SavedView {
  readonly id: string
  /** 1 to 80 characters. */
  readonly name: string
  /** From the root of the site: the page and its filters, as `viewPath` writes them. Without a brand and a group it is of whichever is chosen. */
  readonly path: string
}

export const mostViews = 50
/** Of what is stored: what a person took back may be one more than are saved, and stays. */
const mostStored = 200
/** Of an address, characters. */
export const longestPath = 4_000
export const longestName = 80

/** Of the address, what is opened on a page and no filter of it. */
const passing: readonly string[] = [...openedParameters, 'edit']

/** The address of the filters of a page, the same whatever their order; null when nothing narrows it. A group is one of the filters, a brand only where it is wanted. */
export function viewPath(pathname: string, search: string, withBrand: boolean, withGroup = true): string | null {
  const kept = [...new URLSearchParams(search)].filter(
    ([name]) => !passing.includes(name) && (withBrand || name !== 'brand') && (withGroup || name !== 'brands'),
  )
  const sorted = kept.toSorted(([left], [right]) => (left < right ? -1 : Number(left > right)))
  return sorted.length === 0 ? null : `${pathname}?${new URLSearchParams(sorted).toString()}`
}

/** Where a view leads: one without a brand and a group stays with the one that is chosen. */
export function addressOf({ path }: SavedView, chosen: Narrowing): string {
  const [pathname = '', search = ''] = path.split('?')
  const parameters = new URLSearchParams(search)
  if (!parameters.has('brand') && !parameters.has('brands')) {
    for (const [name, value] of Object.entries(narrowingSearch(chosen))) parameters.set(name, value)
  }
  return `${pathname}?${parameters.toString()}`
}

/** The views of one page, by name. */
export function viewsOf(views: readonly SavedView[], pathname: string): SavedView[] {
  return views
    .filter(({ path }) => path.split('?')[0] === pathname)
    .toSorted((left, right) => left.name.localeCompare(right.name))
}

/** The view that a page shows now; one with the brand or the group before one without. */
export function shownView(views: readonly SavedView[], pathname: string, search: string): SavedView | null {
  const exact = viewPath(pathname, search, true)
  const loose = viewPath(pathname, search, false, false)
  return views.find(({ path }) => path === exact) ?? views.find(({ path }) => path === loose) ?? null
}

/** Why these filters, as `viewPath` writes them, are not kept under this name; null when they are. */
export function whyNotSave(views: readonly SavedView[], path: string, name: string): string | null {
  if (path.length > longestPath) {
    return `These filters are ${path.length.toLocaleString()} characters long; at most ${longestPath.toLocaleString()} are kept.`
  }
  const [pathname = ''] = path.split('?')
  if (views.length >= mostViews) return `${mostViews} views are kept on this device: remove one first.`
  return whyNotName(views, pathname, name)
}

/** Why a view is not called so; null when it is. */
export function whyNotName(views: readonly SavedView[], pathname: string, name: string): string | null {
  const wanted = name.trim()
  if (wanted === '') return 'Give it a name.'
  if (wanted.length > longestName) return `At most ${longestName} characters.`
  return viewsOf(views, pathname).some((view) => view.name === wanted) ? 'There is a view of that name here.' : null
}

/** Of what is stored, which may have been changed by anything: only names, and addresses of pages of this site. */
export function readViews(stored: unknown): readonly SavedView[] {
  return Array.isArray(stored) ? stored.filter(isView).slice(0, mostStored) : []
}

function isView(stored: unknown): stored is SavedView {
  if (typeof stored !== 'object' || stored === null) return false
  if (!('id' in stored) || !('name' in stored) || !('path' in stored)) return false
  const { id, name, path } = stored
  if (typeof id !== 'string' || typeof name !== 'string' || typeof path !== 'string') return false
  return (
    name.trim() !== '' &&
    name.length <= longestName &&
    path.length <= longestPath &&
    /^\/o\/[^/?]+\/[^/?]+\?/.test(path)
  )
}
