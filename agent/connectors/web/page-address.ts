/** What ads append so that a visit can be attributed; the page is the same without it. */
const tracking = /^(utm_.*|fbclid|gclid|msclkid|ttclid|_ga|mc_[ce]id|hsa_.*)$/i

/** Longer ones are left alone; the database could not index them. */
const longest = 2_000

/** The page that an address leads to: without tracking parameters and fragment. Null when it is none that can be fetched. */
export function pageAddress(text: string): string | null {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return null
  url.hash = ''
  url.username = ''
  url.password = ''
  const tracked = [...url.searchParams.keys()].filter((name) => tracking.test(name))
  for (const name of tracked) url.searchParams.delete(name)
  return url.href.length > longest ? null : url.href
}
