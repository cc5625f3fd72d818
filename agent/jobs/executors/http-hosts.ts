import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import { StepFailure } from './executor.ts'

/*
 * Where a step may connect. `allow_hosts` of the catalog holds names or addresses, each with or without a port; without one
 * it means the default port of the scheme. Nothing else is allowed: no wildcards, no suffixes.
 *
 * A name in the list is not yet permission for every address behind it, or whoever owns the name could point it into the
 * office network. A private address must be in the list itself; `localhost` stands for the loopback addresses.
 */

/** Whether the list has exactly this URL's host and port. */
export function isHostAllowed(url: URL, allowHosts: readonly string[]): boolean {
  return allowHosts.some((entry) => {
    const isHost = /^[^/\\?#@\s]+$/.test(entry) && URL.canParse(`${url.protocol}//${entry}`)
    return isHost && new URL(`${url.protocol}//${entry}`).host === url.host
  })
}

/** @throws StepFailure `configuration` when the list does not have it; names the entry to add. */
export function refuseUnlistedHost(url: URL, allowHosts: readonly string[]): void {
  if (isHostAllowed(url, allowHosts)) return
  throw new StepFailure(
    'configuration',
    `${url.host} is not in http.allow_hosts of the catalog; add "${url.host}" to allow it`,
  )
}

export interface HostAddress {
  readonly address: string
  /** 4 or 6. */
  readonly family: number
}

/**
 * The addresses of the URL's host that may be connected to. The caller connects to exactly these: asking the name server
 * again could give another answer.
 * @throws StepFailure `configuration` when every address is private and not in the list; the system's error when there is none.
 */
export async function permittedAddresses(
  url: URL,
  allowHosts: readonly string[],
  resolve: (host: string) => Promise<HostAddress[]> = (name) => lookup(name, { all: true }),
): Promise<HostAddress[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const found = ipaddr.isValid(host) ? [{ address: host, family: familyOf(host) }] : await resolve(host)
  const permitted = found.filter(({ address }) => isPermitted(address, host, url, allowHosts))
  if (permitted.length > 0) return permitted
  const address = found[0]?.address ?? host
  throw new StepFailure(
    'configuration',
    `${host} leads to ${address}, an address of a private network; ` +
      `if that is right, add "${hostOf(address, url)}" to http.allow_hosts of the catalog`,
  )
}

function isPermitted(address: string, host: string, url: URL, allowHosts: readonly string[]): boolean {
  const range = rangeOf(address)
  if (range === 'unicast') return true
  if (range === 'loopback' && host === 'localhost') return true
  const asUrl = new URL(`${url.protocol}//${hostOf(address, url)}`)
  return isHostAllowed(asUrl, allowHosts)
}

/** The range of the address that is really reached: IPv4 written as IPv6 (also through NAT64, RFC 6052) counts as IPv4. */
function rangeOf(address: string): string {
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'rfc6052') return parsed.range()
  return ipaddr.fromByteArray(parsed.toByteArray().slice(-4)).range()
}

function hostOf(address: string, url: URL): string {
  const host = familyOf(address) === 6 ? `[${address}]` : address
  return url.port === '' ? host : `${host}:${url.port}`
}

function familyOf(address: string): 4 | 6 {
  return ipaddr.parse(address).kind() === 'ipv6' ? 6 : 4
}
