import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { type LivingToken, livingApiToken, noteApiTokenUse } from '../store/api-tokens.ts'
import type { Database } from '../store/database.ts'

/** `pm_<id>_<secret>`: the id finds the row, the secret (256 random bits) proves that it is yours. */
const shape = /^pm_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/

export interface NewToken {
  readonly id: string
  /** Shown once, to whoever asked for it. */
  readonly text: string
  readonly secretHash: Uint8Array
}

export function makeToken(): NewToken {
  const id = randomUUID()
  const secret = randomBytes(32).toString('base64url')
  return { id, text: `pm_${id.replaceAll('-', '')}_${secret}`, secretHash: hashOf(secret) }
}

/** Whether a text can be a token at all, which costs no question. */
export function isTokenShaped(text: string): boolean {
  return shape.test(text)
}

/** The token a text stands for; null when it is none of ours, revoked or expired. Its use is noted. */
export async function tokenOf(database: Database, text: string): Promise<LivingToken | null> {
  const [, id, secret] = shape.exec(text) ?? []
  if (id === undefined || secret === undefined) return null
  const token = await livingApiToken(database, id)
  if (token === null || !timingSafeEqual(hashOf(secret), token.secretHash)) return null
  await noteUse(database, token)
  return token
}

/** The token of a session that was begun with it; null once it is revoked or expired. */
export async function tokenById(database: Database, id: string): Promise<LivingToken | null> {
  const token = await livingApiToken(database, id)
  if (token !== null) await noteUse(database, token)
  return token
}

async function noteUse(database: Database, { id, isUseUnnoted }: LivingToken): Promise<void> {
  // A database that only reads for now still answers readers.
  if (isUseUnnoted) await noteApiTokenUse(database, id).catch(() => undefined)
}

/** Both sides of a comparison are digests: timingSafeEqual throws on different lengths. */
function hashOf(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest()
}
