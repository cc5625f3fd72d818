/** The scheme of links from other programs, registered with the system. */
export const linkScheme = 'pipeline-manager'

const kinds = { brand: 'brands', run: 'runs', incident: 'incidents' } as const
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * The place a link leads to, `/runs/<id>`; null when it is none of ours. A link is written by anybody: it names a kind and an id, it only
 * navigates, and whatever else is in it makes it none.
 */
export function placeOfLink(link: string): string | null {
  if (link.length > 200) return null
  const match = /^pipeline-manager:\/\/([a-z]+)\/([^/?#]+)\/?$/i.exec(link)
  const [, kind = '', id = ''] = match ?? []
  const folder = Object.entries(kinds).find(([name]) => name === kind.toLowerCase())?.[1]
  return folder === undefined || !uuid.test(id) ? null : `/${folder}/${id.toLowerCase()}`
}

/** The link among the arguments of a start, by Windows and Linux; null without one. */
export function linkAmong(given: readonly string[]): string | null {
  return given.find((argument) => argument.toLowerCase().startsWith(`${linkScheme}:`)) ?? null
}
