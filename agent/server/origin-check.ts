import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a browser sent this from another site, or from another port of this machine (cookies do not tell ports apart). Browsers
 * say so in Sec-Fetch-Site, older ones in Origin; what sends neither is no browser. As Go's net/http/csrf.go does it.
 */
export function isForeign(headers: IncomingHttpHeaders, ownOrigin: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  return headers.origin !== undefined && headers.origin.toLowerCase() !== ownOrigin
}

/** A browser's own request always carries one of them. */
export function isFromBrowser(headers: IncomingHttpHeaders): boolean {
  return headers['sec-fetch-site'] !== undefined || headers.origin !== undefined
}
