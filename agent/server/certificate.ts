import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, type Server as TlsServer } from 'node:tls'
import type { Clock } from '../../shared/clock.ts'
import { formatDuration } from '../../shared/duration.ts'
import { describeError, Problem } from '../../shared/errors.ts'
import type { Settings } from '../settings/definitions.ts'

export type CertificateFiles = Pick<Settings, 'tlsCert' | 'tlsKey'>

/** What HTTPS is spoken with. */
export interface Certificate {
  /** PEM; the server's own first. */
  readonly cert: Buffer
  /** PEM */
  readonly key: Buffer
  /** From then on nobody believes it. */
  readonly endsAt: Date
}

/**
 * Null when none is named. @throws Problem `invalid_configuration` for half of a pair, `unavailable` when the files cannot be read or do not
 * belong together.
 */
export function readCertificate({ tlsCert, tlsKey }: CertificateFiles): Certificate | null {
  if (tlsCert === null && tlsKey === null) return null
  if (tlsCert === null || tlsKey === null) {
    const field = tlsCert === null ? 'tls_cert' : 'tls_key'
    throw new Problem('invalid_configuration', 'HTTPS takes both a certificate and its key.', {
      field,
      value: null,
      fix: `Set ${field} as well, or neither.`,
    })
  }
  const [cert, key] = [readPem('tls_cert', tlsCert), readPem('tls_key', tlsKey)]
  try {
    createSecureContext({ cert, key })
    return { cert, key, endsAt: new X509Certificate(cert).validToDate }
  } catch (error) {
    throw new Problem('unavailable', `The files of tls_cert and tls_key cannot be used: ${describeError(error)}`, {
      field: 'tls_cert',
      value: tlsCert,
      fix: 'Name a certificate in PEM, and the key that belongs to it.',
      cause: error,
    })
  }
}

function readPem(field: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new Problem('unavailable', `The file of ${field} cannot be read: ${describeError(error)}`, {
      field,
      value: path,
      fix: 'Name a PEM file that this user may read.',
      cause: error,
    })
  }
}

/** Authorities renew weeks before the end: with less time left than this, nobody does. */
const warnBeforeMs = 14 * 86_400_000

export interface CertificateEnd {
  readonly hasEnded: boolean
  /** A whole sentence. */
  readonly message: string
  readonly fix: string
}

/** Null while there is time enough. */
export function endOf({ endsAt }: Certificate, now: Date): CertificateEnd | null {
  const left = endsAt.getTime() - now.getTime()
  if (left >= warnBeforeMs) return null
  const day = endsAt.toISOString().slice(0, 10)
  const hasEnded = left <= 0
  const message = hasEnded
    ? `The TLS certificate ended on ${day}: browsers and other programs refuse this agent.`
    : `The TLS certificate ends in ${formatDuration(left)} (${day}); then browsers and other programs refuse this agent.`
  return { hasEnded, message, fix: 'Renew it: a running agent takes the new files over within a minute.' }
}

export interface ServedCertificateOptions {
  readonly files: CertificateFiles
  /** What the server was made with. */
  readonly certificate: Certificate
  readonly server: Pick<TlsServer, 'setSecureContext'>
  readonly clock: Clock
  /** Milliseconds between two looks at the files. */
  readonly everyMs: number
  readonly onLog: (message: string, level: 'info' | 'warn') => void
}

/** What a look at the files found: others than those served, the same, or some that cannot be served. */
export type CertificateLook = 'renewed' | 'same' | 'unusable'

/**
 * Keeps up with the files: whoever renews a certificate replaces them while we serve the old one. Files that cannot be used change nothing,
 * and are told once. Connections that are open keep what they began with.
 */
export class ServedCertificate {
  readonly #options: ServedCertificateOptions
  #served: Certificate
  /** Why the files cannot be used; null when they can. */
  #trouble: string | null = null
  /** The one whose end was told. */
  #toldEnd: Certificate | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(options: ServedCertificateOptions) {
    this.#options = options
    this.#served = options.certificate
  }

  start(): void {
    this.#tellEnd()
    this.#timer ??= setInterval(() => this.look(), this.#options.everyMs)
  }

  /** Safe twice. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  /** What a person should know, in whole sentences. */
  get warnings(): readonly string[] {
    const end = endOf(this.#served, this.#options.clock.now())
    return [...(this.#trouble === null ? [] : [this.#trouble]), ...(end === null ? [] : [`${end.message} ${end.fix}`])]
  }

  /** Reads the files, and serves them when they are new and good. Never throws. */
  look(): CertificateLook {
    const found = this.#read()
    const look = found === null ? 'unusable' : this.#take(found)
    this.#tellEnd()
    return look
  }

  #read(): Certificate | null {
    try {
      const found = readCertificate(this.#options.files)
      this.#trouble = null
      return found
    } catch (error) {
      const trouble = `The certificate from before is served on. ${describeError(error)}`
      if (trouble !== this.#trouble) this.#options.onLog(trouble, 'warn')
      this.#trouble = trouble
      return null
    }
  }

  #take(found: Certificate): CertificateLook {
    const { cert, key } = this.#served
    if (found.cert.equals(cert) && found.key.equals(key)) return 'same'
    const { server, onLog } = this.#options
    server.setSecureContext({ cert: found.cert, key: found.key })
    this.#served = found
    onLog(`The TLS certificate was renewed; the new one ends on ${found.endsAt.toISOString().slice(0, 10)}.`, 'info')
    return 'renewed'
  }

  #tellEnd(): void {
    const end = endOf(this.#served, this.#options.clock.now())
    if (end === null || this.#toldEnd === this.#served) return
    this.#toldEnd = this.#served
    this.#options.onLog(`${end.message} ${end.fix}`, 'warn')
  }
}
