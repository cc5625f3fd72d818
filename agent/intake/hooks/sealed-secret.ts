import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/*
 * Secrets of hooks have to be there in the clear to check a signature, and are in the shared database so that every agent of an
 * installation can. They are sealed with a key that is made from the key of the data folder, which never leaves it: whoever reads the
 * table cannot sign, and agents of another data folder cannot check (they say so).
 */

const [ivBytes, tagBytes] = [12, 16]

/** `whsec_` and 32 random bytes as base64, as Standard Webhooks has it. */
export function newHookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

function keyOf(installationKey: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', installationKey, '', 'secrets of hooks', 32))
}

export function sealSecret(installationKey: Uint8Array, secret: string): Uint8Array {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', keyOf(installationKey), iv)
  return Buffer.concat([iv, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** Null when it was sealed with another key, or is damaged. */
export function unsealSecret(installationKey: Uint8Array, sealed: Uint8Array): string | null {
  if (sealed.length < ivBytes + tagBytes) return null
  const decipher = createDecipheriv('aes-256-gcm', keyOf(installationKey), sealed.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  try {
    const text = decipher.update(sealed.subarray(ivBytes, sealed.length - tagBytes))
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}
