import type { SMTPTransportOptions } from 'nodemailer'
import { z } from 'zod'
import { describeError } from '../../../shared/errors.ts'
import { decodedUrlPart } from '../../../shared/url-part.ts'
import { environmentName } from '../../jobs/catalog/environment-name.ts'
import { type Channel, type ChannelPlace, DeliveryFailure } from './channel.ts'
import { secretUrl, unusable } from './channel-secrets.ts'
import { type Letter, letterOf } from './email-letter.ts'

/** Plain addresses: no names, no lists, nothing that a header could be broken with. */
const address = z.email().max(254)

/** `{ email: { smtp_url_env, from, to: […] } }`; the URL is `smtps://user:password@host` or `smtp://…`. */
export const emailSpec = z.strictObject({
  email: z.strictObject({ smtp_url_env: environmentName, from: address, to: z.array(address).min(1).max(50) }),
})
export type EmailSpec = z.infer<typeof emailSpec>

interface SmtpServer {
  readonly host: string
  readonly port: number
  /** TLS from the first byte; without it, STARTTLS where the server offers it. */
  readonly secure: boolean
  readonly auth: { readonly user: string; readonly pass: string } | undefined
  /** A password goes nowhere in clear, except on this machine. */
  readonly requireTLS: boolean
}

/** One try may take so long, ms; a server may make its clients wait for some seconds on purpose. */
const timeoutMs = 60_000
const quietMs = 30_000

export function openEmail({ email }: EmailSpec, place: ChannelPlace): Channel {
  const server = smtpServer(email.smtp_url_env, place)
  return {
    type: 'email',
    timeoutMs,
    deliver: (delivery, signal) => send(server, letterOf(delivery, email), signal),
  }
}

function smtpServer(name: string, place: ChannelPlace): SmtpServer {
  const url = secretUrl(place, 'email.smtp_url_env', name, ['smtps:', 'smtp:'])
  const extra = `${url.pathname}${url.search}${url.hash}`
  if (url.hostname === '' || (extra !== '' && extra !== '/')) {
    throw unusable(
      'email.smtp_url_env',
      name,
      `the URL in ${name} is more than a server`,
      'Write smtps://user:password@host:port.',
    )
  }
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const auth =
    url.username === '' ? undefined : { user: decodedUrlPart(url.username), pass: decodedUrlPart(url.password) }
  if (auth !== undefined) place.mask(auth.pass)
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    auth,
    requireTLS: auth !== undefined && !isThisMachine(host),
  }
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

async function send(server: SmtpServer, letter: Letter, signal: AbortSignal): Promise<string> {
  // Loaded on first use: an agent that sends no mail does not pay for it.
  const { createTransport } = await import('nodemailer')
  const options: SMTPTransportOptions = {
    ...server,
    connectionTimeout: quietMs,
    greetingTimeout: quietMs,
    socketTimeout: quietMs,
    socketCloseTimeout: 0,
    tls: { minVersion: 'TLSv1.2' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
  const transport = createTransport(options)
  try {
    const { response, rejected } = await transport.sendMail({ ...letter, signal })
    return rejected.length === 0 ? response : `${response} (not taken for: ${rejected.join(', ')})`
  } catch (error) {
    signal.throwIfAborted()
    throw failureOf(server, error)
  } finally {
    transport.close()
  }
}

/** What is wrong with what we have been told; nothing of it mends itself. */
const configurationCodes = new Set(['EAUTH', 'ENOAUTH', 'ECONFIG', 'ETLS', 'EREQUIRETLS'])

/** RFC 5321: 4xx may go well later, 5xx will not. */
function failureOf({ host, port }: SmtpServer, error: unknown): DeliveryFailure {
  const code = fieldOf(error, 'code')
  const status = fieldOf(error, 'responseCode')
  const response = fieldOf(error, 'response')
  const isRefused = typeof status === 'number' && status >= 500
  const isWrong =
    typeof code === 'string' && configurationCodes.has(code) && !(typeof status === 'number' && status < 500)
  return new DeliveryFailure(`${host}:${port}: ${describeError(error)}`, {
    isWorthAnotherTry: !isRefused && !isWrong,
    cause: error,
    ...(typeof response === 'string' ? { answer: response } : {}),
  })
}

function fieldOf(error: unknown, name: string): unknown {
  return error instanceof Error ? Object.getOwnPropertyDescriptor(error, name)?.value : undefined
}
