import { Problem } from '../../shared/errors.ts'
import type { Settings } from '../settings/definitions.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import { isLoopback, isOwnHost } from './host-check.ts'

export type ExposureSettings = Pick<Settings, 'host' | 'tlsCert' | 'tlsKey' | 'behindProxy' | 'publicHost'>

/** Who can reach the server, and under which names. */
export interface Exposure {
  /** As it was at the start; null = plain HTTP. */
  readonly tls: Certificate | null
  /** X-Forwarded-For counts. */
  readonly behindProxy: boolean
  /** Where a request for this Host header was sent to, `https://ops.example.com`; null when the name is not ours. */
  originOf(host: string | undefined, port: number): string | null
}

/**
 * @throws Problem `not_allowed` when other machines could read along or in another name: beyond loopback it takes TLS, our own or a
 * proxy's, and the name we answer to. `unavailable` when the certificate cannot be read or used.
 */
export function exposureOf(settings: ExposureSettings): Exposure {
  const { host, behindProxy, publicHost } = settings
  const tls = readCertificate(settings)
  if (!isLoopback(host) && tls === null && !behindProxy) throw withoutTls(host)
  if ((!isLoopback(host) || behindProxy) && publicHost === null) throw withoutName()
  const scheme = tls === null ? 'http' : 'https'
  const publicOrigin = `${tls === null && !behindProxy ? 'http' : 'https'}://${publicHost}`
  return {
    tls,
    behindProxy,
    originOf: (header, port) => {
      if (header === undefined) return null
      const name = header.toLowerCase()
      if (publicHost !== null && name === publicHost) return publicOrigin
      if (!isOwnHost(header, port)) return null
      return `${scheme}://${name}`
    },
  }
}

function withoutTls(host: string): Problem {
  return new Problem('not_allowed', `Listening on "${host}" without TLS would let other machines in, and read along.`, {
    field: 'host',
    value: host,
    fix:
      'Use 127.0.0.1; or set tls_cert, tls_key and public_host; or put a proxy with TLS in front and set behind_proxy and ' +
      'public_host.',
  })
}

function withoutName(): Problem {
  return new Problem('not_allowed', 'A server for other machines answers to one name only, and none is set.', {
    field: 'public_host',
    value: null,
    fix: 'Set public_host to the name (and port) that browsers show, for example ops.example.com.',
  })
}
