import type { Clock } from '../../shared/clock.ts'
import { formatInstant } from '../../shared/duration.ts'
import { StoredAnswers } from '../offline/answers.ts'
import { StoredDeviceOutbox } from '../offline/device-outbox.ts'
import { StoredHeartbeatMemory } from '../offline/heartbeat-memory.ts'
import { StoredTokenMemory } from '../offline/known-tokens.ts'
import { type OfflineStore, openOfflineStore, type StoreReport } from '../offline/offline-store.ts'
import { StoredRunOutbox } from '../offline/run-outbox.ts'
import { offlineSubjects } from '../offline/subjects.ts'
import type { ResultsElsewhere } from '../scheduler/leftovers.ts'
import type { Settings } from '../settings/definitions.ts'
import { agentFile } from './agent-identity.ts'
import type { Log } from './log.ts'

/** What an agent keeps on this device, open while its process runs. */
export interface Offline {
  readonly store: OfflineStore
  readonly runs: StoredRunOutbox
  readonly device: StoredDeviceOutbox
  readonly heartbeat: StoredHeartbeatMemory
  readonly answers: StoredAnswers
  readonly tokens: StoredTokenMemory
}

export interface OfflineReport extends StoreReport {
  /** Runs that have ended and whose result waits for the database. */
  readonly waitingResults: number
  /** Those of another database; null until the agent has one. */
  readonly resultsElsewhere: ResultsElsewhere | null
}

export function offlineFolder({ dataDirectory, agentName }: Pick<Settings, 'dataDirectory' | 'agentName'>): string {
  return agentFile(dataDirectory, agentName, 'offline')
}

/** Only for whoever holds the agent's name: the store has one writer. Never rejects; a store that cannot be used says why. */
export async function openOffline(options: {
  readonly settings: Pick<Settings, 'dataDirectory' | 'agentName'>
  readonly clock: Clock
  readonly log: Log
}): Promise<Offline> {
  const { settings, clock, log } = options
  const onLog = ({ level, message }: { level: 'info' | 'warn'; message: string }): void =>
    log({ level, event: 'offline_store', message })
  const folder = offlineFolder(settings)
  const store = await openOfflineStore({ folder, subjects: offlineSubjects, clock, onLog })
  const runs = new StoredRunOutbox(store, (message) => onLog({ level: 'warn', message }))
  const waiting = runs.count()
  if (waiting > 0) onLog({ level: 'info', message: waitingWords(waiting) })
  return {
    store,
    runs,
    device: new StoredDeviceOutbox(store, clock),
    heartbeat: new StoredHeartbeatMemory(store),
    answers: new StoredAnswers(store, clock),
    tokens: new StoredTokenMemory(store, clock),
  }
}

/** In whole sentences, what a person should know about it; empty when there is nothing to say. */
export function offlineWarnings({ reason, loss, waitingResults, resultsElsewhere }: OfflineReport): string[] {
  const waiting = waitingResults > 0 ? [waitingWords(waitingResults)] : []
  return [...waiting, ...elsewhereWords(resultsElsewhere), ...[reason, loss].filter((text) => text !== null)]
}

function elsewhereWords(elsewhere: ResultsElsewhere | null): string[] {
  if (elsewhere === null || elsewhere.until === null) return []
  const until = formatInstant(elsewhere.until)
  return elsewhere.count === 1
    ? [`1 result is kept on this device for a database that this one is not, until ${until}.`]
    : [
        `${elsewhere.count} results are kept on this device for a database that this one is not, the first until ${until}.`,
      ]
}

function waitingWords(count: number): string {
  const what = count === 1 ? '1 result waits' : `${count} results wait`
  return `${what} on this device for the database.`
}
