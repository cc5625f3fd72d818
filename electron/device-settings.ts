import { isDeepStrictEqual } from 'node:util'
import { databaseUrlFault } from '../agent/settings/database-url.ts'
import type { Clock } from '../shared/clock.ts'
import type { SettingsChange } from '../shared/desktop/contract.ts'
import { type DesktopSettings, desktopSettings, usualSettings } from '../shared/desktop/settings.ts'
import { Problem } from '../shared/errors.ts'
import type { Credentials } from './credentials.ts'
import { KeptFile } from './kept-file.ts'

export interface DeviceSettingsOptions {
  readonly path: string
  readonly credentials: Credentials
  readonly clock: Clock
  readonly onNotice: (message: string) => void
}

/** What an agent is started with; a change of anything else needs no start. */
const startedWith = ['isSetUp', 'database', 'work', 'jobTypes', 'concurrency', 'catalogFile'] as const

/** The settings of this device: a file that holds no secret, beside the credentials that do. */
export class DeviceSettings {
  readonly #credentials: Credentials
  readonly #file: KeptFile<DesktopSettings>

  constructor({ path, credentials, clock, onNotice: onDamage }: DeviceSettingsOptions) {
    this.#credentials = credentials
    this.#file = new KeptFile({ path, schema: desktopSettings, usual: usualSettings, clock, onDamage })
  }

  get value(): DesktopSettings {
    return this.#file.value
  }

  /**
   * Keeps a change, the secret first: what cannot be kept changes nothing. Saying anything is also saying that this device is set up.
   * Resolves to whether the agent has to be started anew. @throws Problem.
   */
  async change({ databaseUrl, ...given }: SettingsChange): Promise<boolean> {
    const before = this.value
    const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
    const after = desktopSettings.parse({ ...before, ...stated, isSetUp: true })
    if (databaseUrl !== undefined) {
      requireUrl(databaseUrl.url)
      await this.#credentials.keep('database_url', databaseUrl.url, databaseUrl.keep)
    }
    if (after.database === 'external' && !this.#credentials.has('database_url')) {
      throw new Problem('invalid_input', 'There is no URL of a database yet.', {
        field: 'databaseUrl',
        fix: 'Paste one, or use the built-in database.',
      })
    }
    this.#file.write(after)
    const hasNewUrl = databaseUrl !== undefined && after.database === 'external'
    return hasNewUrl || startedWith.some((key) => !isDeepStrictEqual(before[key], after[key]))
  }

  /** Null = the built-in catalog. @throws Problem `unavailable`. */
  setCatalogFile(catalogFile: string | null): void {
    this.#file.write({ ...this.value, catalogFile })
  }
}

function requireUrl(url: string): void {
  const fault = databaseUrlFault(url)
  if (fault === null) return
  throw new Problem('invalid_input', `The URL ${fault.message}.`, { field: 'databaseUrl', fix: fault.fix })
}
