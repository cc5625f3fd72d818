/** Links that open the desktop: `pipeline-manager://run/<id>`. */

/** Registered with the system. */
export const linkScheme = 'pipeline-manager'

/** What a link names, and where the console has it. */
const folders = {
  brand: 'brands',
  run: 'runs',
  external: 'external-runs',
  job: 'jobs',
  incident: 'incidents',
} as const
const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const link = new RegExp(`^${linkScheme}://([a-z]+)/(${uuid})(?:/([a-z0-9_][a-z0-9_.-]{0,99}))?/?$`, 'i')
const thing = new RegExp(`^/([a-z-]+)/(${uuid})$`, 'i')
const dataset = new RegExp(`^/brands/(${uuid})/datasets/([a-z0-9_][a-z0-9_.-]{0,99})$`, 'i')

/**
 * The place a link leads to, `/runs/<id>`; null when it is none of ours. A link is written by anybody: it names a kind and an id (and of a
 * brand's dataset its key), it only navigates, and whatever else is in it makes it none.
 */
export function placeOfLink(text: string): string | null {
  if (text.length > 200) return null
  const [, kind = '', id = '', key] = link.exec(text) ?? []
  if (kind.toLowerCase() === 'dataset') return key === undefined ? null : `/brands/${id.toLowerCase()}/datasets/${key}`
  const folder = Object.entries(folders).find(([name]) => name === kind.toLowerCase())?.[1]
  return folder === undefined || key !== undefined ? null : `/${folder}/${id.toLowerCase()}`
}

/** The link that leads to a place; null where none does: to a page, and to a dataset whose key has other characters than names have. */
export function linkOfPlace(path: string): string | null {
  const [, brandId, key] = dataset.exec(path) ?? []
  if (brandId !== undefined && key !== undefined) return `${linkScheme}://dataset/${brandId}/${key}`
  const [, folder, id] = thing.exec(path) ?? []
  const kind = Object.entries(folders).find(([, name]) => name === folder)?.[0]
  return kind === undefined || id === undefined ? null : `${linkScheme}://${kind}/${id}`
}
