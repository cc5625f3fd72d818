import type { IncomingMessage } from 'node:http'

/**
 * The zone without cookies: addresses that programs call and that frames of other sites show. Nobody is signed in there, so nothing of the
 * console's session reaches it, and its answers are for no browser to keep, to frame or to run.
 */
export const zoneHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const

/** The beginning of a body, of which the rest was let go by. */
export interface BodyHead {
  readonly bytes: Buffer
  readonly isCut: boolean
}

/**
 * Reads a body of which only the beginning matters: what comes after `keep` bytes is let go by and never held. Null when it has more
 * than `most` bytes; the rest is then not read.
 */
export async function readHead(
  body: IncomingMessage,
  { keep, most }: { readonly keep: number; readonly most: number },
): Promise<BodyHead | null> {
  const chunks: Buffer[] = []
  let kept = 0
  let total = 0
  // Given up, the stream stays: the answer goes over the same connection.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    total += chunk.length
    if (total > most) return null
    if (kept >= keep) continue
    const part = chunk.subarray(0, keep - kept)
    // A copy, so that a small piece does not hold the large buffer it came in.
    chunks.push(part.length === chunk.length ? part : Buffer.from(part))
    kept += part.length
  }
  return { bytes: Buffer.concat(chunks), isCut: total > keep }
}
