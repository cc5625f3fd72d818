/** Events of OpenLineage that others wrote (tests/fixtures/openlineage). */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../fixtures/openlineage/events')

export interface StoredEvent {
  /** `marquez/listener_1.json` */
  readonly file: string
  readonly text: string
}

export const storedEvents: readonly StoredEvent[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .toSorted()
  .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))

/** The one of them that is no event: it names no run. */
export const brokenFile = 'proxy/event_no_run_id.json'
export const goodEvents = storedEvents.filter(({ file }) => file !== brokenFile)
