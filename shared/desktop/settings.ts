import { z } from 'zod'
import { id } from '../contract/words.ts'

/** What a person decides about this device. Secrets are not among it: they are kept by the system. */
export const desktopSettings = z.strictObject({
  version: z.literal(1),
  /** False until somebody has said so: nothing runs before. */
  isSetUp: z.boolean(),
  /** `external`: the URL is a credential. */
  database: z.enum(['embedded', 'external']),
  /** The pipeline-manager.yaml that says what runs here; null = the built-in catalog. Chosen in a dialog of the system only. */
  catalogFile: z.string().max(4_000).nullable(),
  /** `watch`: this device shows and tells, and claims nothing. */
  work: z.enum(['run', 'watch']),
  /** Null = all that it can. */
  jobTypes: z
    .array(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/))
    .max(200)
    .nullable(),
  /** Runs at the same time. */
  concurrency: z.number().int().min(1).max(100),
  /** Claims wait while the device works on battery. */
  onlyOnMains: z.boolean(),
  startAtLogin: z.boolean(),
  /** Closing the window leaves the agent working, where there is a tray. */
  keepsRunning: z.boolean(),
  /** Jobs that the tray can start. */
  favourites: z.array(id).max(20),
})
export type DesktopSettings = z.infer<typeof desktopSettings>

export const usualSettings: DesktopSettings = {
  version: 1,
  isSetUp: false,
  database: 'embedded',
  catalogFile: null,
  work: 'run',
  jobTypes: null,
  concurrency: 2,
  onlyOnMains: false,
  startAtLogin: false,
  keepsRunning: true,
  favourites: [],
}
