/** Where the console lives inside the desktop: a scheme of our own, so that nothing of it is ever a file or a web page. */
export const appScheme = 'app'
export const appOrigin = 'app://console'

/**
 * Whether this address is ours. The parsed parts are compared, never the beginning of the text: `app://console.example.com` and
 * `app://console@example.com` begin like ours.
 */
export function isOwnAddress(address: string): boolean {
  const url = URL.parse(address)
  if (url === null) return false
  return url.protocol === `${appScheme}:` && url.host === 'console' && url.username === '' && url.password === ''
}

/** The address of a place inside the console, `/incidents/<id>`. What is no path leads to the beginning. */
export function placeAddress(place: string): string {
  const isPlace = place.startsWith('/') && !place.startsWith('//') && !place.includes('\\')
  return `${appOrigin}${isPlace ? place : '/'}`
}
