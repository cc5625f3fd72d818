import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { Problem } from '../../../shared/errors.ts'
import { type HookStyle, hookToleranceSeconds } from '../../../shared/hook-mapping.ts'

/** Header names in lower case. */
export type HookHeaders = Readonly<Record<string, string | string[] | undefined>>

export interface SignedMessage {
  /** Names the message among all of the hook, and is signed. */
  readonly key: string
  /** As the sender calls it, 200 characters at most. */
  readonly id: string
}

interface Received {
  readonly secret: string
  readonly headers: HookHeaders
  readonly body: Uint8Array
  readonly now: Date
}

/** @throws Problem `unauthorized`, naming the header. */
export function checkSignature(style: HookStyle, received: Received): SignedMessage {
  return styles[style](received)
}

/** Total: a style without its check does not compile. */
const styles = { standard: checkStandard, github: checkGitHub } as const satisfies Record<
  HookStyle,
  (received: Received) => SignedMessage
>

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: HMAC-SHA256 of `id.timestamp.body`. */
function checkStandard({ secret, headers, body, now }: Received): SignedMessage {
  const id = headerOf(headers, 'webhook-id')
  const timestamp = headerOf(headers, 'webhook-timestamp')
  const given = headerOf(headers, 'webhook-signature')
  // Looked at first, so that an old message is told to be old; what it says is believed only with the signature.
  requireRecent(timestamp, now)
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
  const proofs = given
    .split(' ')
    .flatMap((one) => (one.startsWith('v1,') ? [Buffer.from(one.slice('v1,'.length), 'base64')] : []))
  if (!proofs.some((proof) => isSame(proof, expected))) throw refused('webhook-signature', given)
  return { key: digestOf(id), id: id.slice(0, 200) }
}

/**
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries: HMAC-SHA256 of the body, hexadecimal. Neither the id
 * nor a time is signed, so the signature itself names the message: the same body is the same message, for ever.
 */
function checkGitHub({ secret, headers, body }: Received): SignedMessage {
  const given = headerOf(headers, 'x-hub-signature-256')
  const expected = createHmac('sha256', secret).update(body).digest()
  const proof = Buffer.from(given.replace(/^sha256=/, ''), 'hex')
  if (!given.startsWith('sha256=') || !isSame(proof, expected)) throw refused('x-hub-signature-256', given)
  const id = headers['x-github-delivery']
  return { key: expected.toString('hex'), id: (typeof id === 'string' ? id : given).slice(0, 200) }
}

function headerOf(headers: HookHeaders, name: string): string {
  const value = headers[name]
  if (typeof value === 'string' && value !== '') return value
  throw new Problem('unauthorized', `The header "${name}" is missing.`, {
    field: name,
    value: null,
    fix: 'Sign the message as the page Sources shows for this hook.',
  })
}

function requireRecent(timestamp: string, now: Date): void {
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN
  const apart = Math.abs(now.getTime() / 1_000 - seconds)
  if (apart <= hookToleranceSeconds) return
  const message = Number.isNaN(apart)
    ? 'The header "webhook-timestamp" is no time.'
    : `The message was signed ${Math.round(apart)} s ${seconds * 1_000 < now.getTime() ? 'ago' : 'ahead'}; ${hookToleranceSeconds} s are allowed.`
  throw new Problem('unauthorized', message, {
    field: 'webhook-timestamp',
    value: timestamp,
    fix: 'Send whole seconds since 1970 of now, and sign each try anew; check the clock of the sender.',
  })
}

/** Length is no secret. */
function isSame(proof: Uint8Array, expected: Uint8Array): boolean {
  return proof.length === expected.length && timingSafeEqual(proof, expected)
}

function refused(field: string, value: string): Problem {
  return new Problem('unauthorized', `The signature in "${field}" is not that of this message.`, {
    field,
    value: value.slice(0, 100),
    fix: 'Sign the very bytes that are sent, with the secret of this hook.',
  })
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
