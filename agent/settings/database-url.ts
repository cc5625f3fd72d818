import type { SettingKind } from './definitions.ts'

/**
 * A connection string with nothing secret in it, for messages and `doctor`.
 * The password becomes `***` and the query is left out. A string that does not parse cleanly is not shown at all: where its
 * password starts and ends is then a guess.
 */
export function redactUrl(url: string): string {
  const parsed = URL.parse(url)
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]
  const rest = parsed === null ? '' : `${parsed.pathname}${parsed.search}${parsed.hash}`
  // An @ behind the host means that an unescaped / ? or # in the password ended the host too early.
  if (parsed === null || scheme === undefined || parsed.hash !== '' || /@|%40/i.test(rest)) {
    return scheme === undefined ? '***' : `${scheme}://***`
  }
  const password = parsed.password === '' ? '' : ':***'
  const user = parsed.username === '' && password === '' ? '' : `${parsed.username}${password}@`
  return `${scheme}://${user}${parsed.host}${parsed.pathname}${parsed.search === '' ? '' : '?…'}`
}

/** What is wrong with a Postgres connection string, as message and fix without any part of it; null = it can be tried. */
export function databaseUrlFault(url: string): { message: string; fix: string } | null {
  const example = 'Write postgres://user:password@host:5432/database.'
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]
  if (scheme === undefined) return { message: 'is not a URL', fix: example }
  if (scheme !== 'postgres' && scheme !== 'postgresql') {
    return { message: `must start with postgres:// or postgresql://; it starts with ${scheme}://`, fix: example }
  }
  const parsed = URL.parse(url)
  if (parsed === null || redactUrl(url) === `${scheme}://***`) {
    return {
      message: 'cannot be read',
      fix: 'Write special characters of the password percent-encoded: @ is %40, / is %2F.',
    }
  }
  if (parsed.hostname === '' && !parsed.searchParams.has('host')) return { message: 'names no host', fix: example }
  return null
}

/** What may be shown of a setting that has a secret in it; null = all of it. */
export function shownSecret(kind: SettingKind, value: string): string | null {
  if (kind === 'url') return redactUrl(value)
  if (kind !== 'secret_url') return null
  const url = URL.parse(value)
  return url === null || url.host === '' ? '***' : `${url.protocol}//${url.host}/***`
}
