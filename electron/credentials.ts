import type { SafeStorage } from 'electron'
import { z } from 'zod'
import type { Clock } from '../shared/clock.ts'
import type { KeepSecret, Protection } from '../shared/desktop/contract.ts'
import { describeError, Problem } from '../shared/errors.ts'
import { KeptFile } from './kept-file.ts'

export type SecretName = 'database_url'

/** Chromium (components/os_crypt) begins with it what it encrypts on Linux with a key that is the same everywhere. */
const knownKeyMark = 'v10'

const secretsFile = z.record(z.string(), z.string())

export interface CredentialsOptions {
  readonly path: string
  readonly safeStorage: Pick<
    SafeStorage,
    | 'isAsyncEncryptionAvailable'
    | 'encryptStringAsync'
    | 'decryptStringAsync'
    | 'getSelectedStorageBackend'
    | 'setUsePlainTextEncryption'
  >
  readonly platform: NodeJS.Platform
  readonly clock: Clock
  readonly onNotice: (message: string) => void
}

/**
 * Secrets of this user, kept by the system: encrypted with a key that the system holds, in a file beside the settings. The console can
 * give one and ask whether there is one, and never has it back.
 */
export class Credentials {
  readonly #options: CredentialsOptions
  readonly #file: KeptFile<Record<string, string>>
  /** Given for this session only. */
  readonly #session = new Map<SecretName, string>()

  constructor(options: CredentialsOptions) {
    this.#options = options
    const { path, clock, onNotice: onDamage } = options
    this.#file = new KeptFile({ path, schema: secretsFile, usual: {}, clock, onDamage })
  }

  /** `none` on a Linux without a keyring: whoever can read the file can then read what is in it. */
  async protection(): Promise<Protection> {
    const { safeStorage, platform } = this.#options
    const isPlain = platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text'
    if (isPlain) return 'none'
    if (!(await safeStorage.isAsyncEncryptionAvailable())) return 'unavailable'
    return platform === 'linux' && !(await this.#hasKeyring()) ? 'none' : 'system'
  }

  /** The backend is chosen by the name of the desktop; whether anything answers there is seen in what comes of it. */
  async #hasKeyring(): Promise<boolean> {
    const encrypted = await this.#options.safeStorage.encryptStringAsync('is there a key?')
    return !encrypted.toString('latin1').startsWith(knownKeyMark)
  }

  has(name: SecretName): boolean {
    return this.#session.has(name) || this.#file.value[name] !== undefined
  }

  /** Null when there is none, or none that can be read any more (another user, a new keyring): that is told. */
  async read(name: SecretName): Promise<string | null> {
    const given = this.#session.get(name)
    if (given !== undefined) return given
    const stored = this.#file.value[name]
    if (stored === undefined) return null
    try {
      const { result, shouldReEncrypt } = await this.#options.safeStorage.decryptStringAsync(
        Buffer.from(stored, 'base64'),
      )
      // It is readable as it is; the next start tries again.
      if (shouldReEncrypt) await this.#store(name, result).catch(() => undefined)
      return result
    } catch (error) {
      const reason = describeError(error)
      this.#options.onNotice(`The system does not give back the ${words[name]} any more; enter it again. (${reason})`)
      return null
    }
  }

  /** @throws Problem `unavailable` when it cannot be stored; it is then not kept at all. */
  async keep(name: SecretName, secret: string, how: KeepSecret): Promise<void> {
    if (how === 'session') {
      this.#forget(name)
      this.#session.set(name, secret)
      return
    }
    const protection = await this.protection()
    if (protection === 'unavailable') {
      throw new Problem('unavailable', 'This system keeps no secrets: there is no keyring, or it is locked.', {
        fix: 'Unlock it, or keep the URL for this session only.',
      })
    }
    if (protection === 'none') this.#options.safeStorage.setUsePlainTextEncryption(true)
    await this.#store(name, secret)
    this.#session.delete(name)
  }

  async #store(name: SecretName, secret: string): Promise<void> {
    const encrypted = await this.#options.safeStorage.encryptStringAsync(secret)
    this.#file.write({ ...this.#file.value, [name]: encrypted.toString('base64') })
  }

  #forget(name: SecretName): void {
    const { [name]: _forgotten, ...others } = this.#file.value
    if (this.#file.value[name] !== undefined) this.#file.write(others)
  }
}

const words: Readonly<Record<SecretName, string>> = { database_url: 'URL of the database' }
