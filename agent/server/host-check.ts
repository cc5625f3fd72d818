import { isIPv4, isIPv6 } from 'node:net'

/** Addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase()
  if (name === 'localhost') return true
  return isIPv4(name) ? name.startsWith('127.') : isIPv6(name) && URL.parse(`http://[${name}]`)?.hostname === '[::1]'
}

/**
 * Whether a request's Host header is ours, exactly. A page of another site can have its own name resolve to this machine
 * (DNS rebinding); its browser then still sends that name here.
 */
export function isOwnHost(header: string | undefined, port: number): boolean {
  if (header === undefined) return false
  const host = header.toLowerCase()
  return ownNames.some((name) => host === `${name}:${port}` || (port === 80 && host === name))
}

const ownNames = ['localhost', '127.0.0.1', '[::1]']
