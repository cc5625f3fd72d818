import { isIPv6 } from 'node:net'
import { callbackify } from 'node:util'
import { Agent, buildConnector, fetch as undiciFetch } from 'undici'
import { type HostAddress, permittedAddresses } from '../../jobs/executors/http-hosts.ts'

export interface GuardedFetch {
  /** Follows redirects; each is held to the same rule. */
  readonly fetch: typeof fetch
  /** Closes every connection. Safe twice. */
  stop(): Promise<void>
}

/**
 * `fetch` for addresses that others have written: connections are made only to public addresses (SSRF), looked up by us
 * and then used as they are, so that a name server cannot answer differently the second time. A private address must be
 * in `allowHosts`, `host:port`.
 */
export function createGuardedFetch(options: { readonly allowHosts: readonly string[] }): GuardedFetch {
  const agent = new Agent({ connect: guardedConnector(options.allowHosts), allowH2: false })
  // The same function as Node's own, of the package that has agents; its types are a copy of the global ones.
  const guarded = undiciFetch as unknown as (input: unknown, init: unknown) => Promise<Response>
  return {
    fetch: (input, init) => guarded(input, { ...init, dispatcher: agent }),
    stop: () => agent.destroy(),
  }
}

function guardedConnector(allowHosts: readonly string[]): buildConnector.connector {
  const addressesOf = callbackify((url: URL) => permittedAddresses(url, allowHosts))
  return (options, callback) => {
    const host = isIPv6(options.hostname) ? `[${options.hostname}]` : options.hostname
    const url = new URL(`${options.protocol}//${host}${options.port === '' ? '' : `:${options.port}`}`)
    addressesOf(url, (error: Error | null, addresses) => {
      if (error === null) connectorTo(addresses)(options, callback)
      else callback(error, null)
    })
  }
}

function connectorTo(addresses: readonly HostAddress[]): buildConnector.connector {
  return buildConnector({
    lookup: (_host, options, callback) => {
      const [first] = addresses
      if (options.all === true) callback(null, [...addresses])
      else if (first !== undefined) callback(null, first.address, first.family)
    },
  })
}
