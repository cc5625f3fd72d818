import { createHmac, timingSafeEqual } from 'node:crypto'
import type { z } from 'zod'

/** What a text was signed for; one is never taken for another. */
export type SignedKind = 'code' | 'session' | 'banner'

/** The value as text that nobody can make or change without the key: base64url of its JSON, and an HMAC-SHA256. */
export function sign(key: Uint8Array, kind: SignedKind, value: object): string {
  const body = Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${body}.${mac(key, kind, body).toString('base64url')}`
}

/** What was signed; null when the text is not whole, not ours, or not of this kind. Its instants are not looked at. */
export function readSigned<Value>(
  key: Uint8Array,
  kind: SignedKind,
  text: string,
  schema: z.ZodType<Value>,
): Value | null {
  const [body, given, ...rest] = text.split('.')
  if (body === undefined || given === undefined || rest.length > 0) return null
  const expected = mac(key, kind, body)
  const proof = Buffer.from(given, 'base64url')
  // timingSafeEqual throws on different lengths; the length of a MAC is no secret.
  if (proof.length !== expected.length || !timingSafeEqual(proof, expected)) return null
  const { success, data } = schema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString()))
  return success ? data : null
}

function mac(key: Uint8Array, kind: SignedKind, body: string): Buffer {
  return createHmac('sha256', key).update(`${kind}.${body}`).digest()
}
