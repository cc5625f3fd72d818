/** What a device keeps, in a folder of the test's own. */
import { CommandQueue, type CommandQueueOptions } from '../../agent/console/command-queue.ts'
import type { ConsoleServices } from '../../agent/console/context.ts'
import { deferrals } from '../../agent/console/deferrals.ts'
import { KeptAnswers } from '../../agent/console/kept-answers.ts'
import { StoredAnswers } from '../../agent/offline/answers.ts'
import { StoredCommands } from '../../agent/offline/commands.ts'
import { StoredTokenMemory } from '../../agent/offline/known-tokens.ts'
import { type OfflineStore, openOfflineStore } from '../../agent/offline/offline-store.ts'
import { offlineSubjects } from '../../agent/offline/subjects.ts'
import { systemClock } from '../../shared/clock.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface TestDevice {
  readonly store: OfflineStore
  stop(): Promise<void>
}

export async function openTestDevice(): Promise<TestDevice> {
  const folder = await temporaryFolder()
  const store = await openOfflineStore({
    folder: folder.path,
    subjects: offlineSubjects,
    clock: systemClock,
    onLog: () => undefined,
  })
  return {
    store,
    stop: async () => {
      store.close()
      await folder.remove()
    },
  }
}

/** What the calls of a console keep on the device; `make` does what waited. */
export function keepOn(
  { store }: TestDevice,
  options: Pick<CommandQueueOptions, 'supervisor' | 'database' | 'make'> & Partial<CommandQueueOptions>,
): Pick<ConsoleServices, 'answers' | 'commands' | 'tokens' | 'device'> {
  const place = 'test'
  const { supervisor } = options
  return {
    answers: new KeptAnswers({ store: new StoredAnswers(store, systemClock), place, now: () => supervisor.now() }),
    commands: new CommandQueue({
      store: new StoredCommands(store, place),
      deferrals,
      onChange: () => undefined,
      ...options,
    }),
    tokens: new StoredTokenMemory(store, systemClock),
    device: () => ({ waitingResults: 0, reason: null, loss: null }),
  }
}
