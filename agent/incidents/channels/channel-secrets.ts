import { Problem } from '../../../shared/errors.ts'
import type { ChannelPlace } from './channel.ts'

/** The value of a variable that a channel cannot do without. @throws Problem `invalid_configuration` when it is not set. */
export function requiredSecret(place: ChannelPlace, field: string, name: string): string {
  const value = place.secret(name)?.trim()
  if (value !== undefined && value !== '') return value
  throw unusable(field, name, `the environment variable ${name} is not set`, 'Set it where the agent is started.')
}

/** A URL kept in a variable. The whole of it may be what gives access, so all of it and its longer parts are masked. */
export function secretUrl(place: ChannelPlace, field: string, name: string, protocols: readonly string[]): URL {
  const url = URL.parse(requiredSecret(place, field, name))
  if (url === null || !protocols.includes(url.protocol)) {
    const known = protocols.map((protocol) => `${protocol}//`).join(' or ')
    throw unusable(field, name, `the environment variable ${name} holds no URL`, `It must begin with ${known}.`)
  }
  for (const part of secretParts(url)) place.mask(part)
  return url
}

/** Shorter parts of an address are words, which stand in other texts too. */
const shortestPart = 16

function secretParts(url: URL): string[] {
  const path = `${url.pathname}${url.search}`
  const parts = [path, ...url.pathname.split('/'), ...url.searchParams.values()]
  return [url.href, url.password, ...parts.filter((part) => part.length >= shortestPart)].filter((part) => part !== '')
}

/** The value itself is never told: it is secret, or has something secret in it. */
export function unusable(field: string, name: string, what: string, fix: string): Problem {
  return new Problem('invalid_configuration', `${what}. ${fix}`, { field, value: name, fix })
}
