import type { Clock } from '../../shared/clock.ts'
import type { LiveTopic } from '../../shared/live-topics.ts'
import { filesFolder, LocalStorage } from '../connectors/storage/local-storage.ts'
import { AnswerWarmer } from '../console/answer-warmer.ts'
import { CommandQueue } from '../console/command-queue.ts'
import type { CommandStore } from '../console/command-store.ts'
import type { ConsoleServices, DeviceState } from '../console/context.ts'
import { DatabaseChanges } from '../console/database-changes.ts'
import { deferrals } from '../console/deferrals.ts'
import { KeptAnswers } from '../console/kept-answers.ts'
import { sealSecret, unsealSecret } from '../intake/hooks/sealed-secret.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import { StoredCommands } from '../offline/commands.ts'
import { openConsoleKey } from '../server/console-folder.ts'
import { bannerAddress } from '../server/embed/banner-address.ts'
import type { Settings } from '../settings/definitions.ts'
import { placeName } from '../store/reach-database.ts'
import type { Connection } from './connect.ts'
import type { DatabaseAccess } from './database-access.ts'
import type { Log } from './log.ts'
import type { Offline } from './offline.ts'
import { programVersion } from './program.ts'

interface ConnectedFacts {
  readonly connection: Connection
  readonly catalog: Catalog
  /** Where the agent of this process keeps files, when not where it usually does. */
  readonly filesDirectory?: string | undefined
}

export interface OpenConsole {
  /** What every door's calls work with. */
  readonly services: ConsoleServices
  /** The database has answered, and this is what runs here. */
  connected(facts: ConnectedFacts): void
  /** Something has changed in the database, told by the agent's own listener. */
  changed(topics: readonly LiveTopic[]): void
  /** The database is another one, or an older copy of itself: what was answered before is not true of it. */
  databaseReplaced(): void
  /** Ends the streams of changes. Complete when it resolves; safe twice. */
  stop(): Promise<void>
}

export interface ConsoleOptions {
  readonly access: DatabaseAccess
  readonly offline: Offline
  readonly device: () => DeviceState
  /** Of the agent in this process, as far as it is known. */
  readonly catalog: Catalog
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
}

/** The console of this process. It is there before its database is. */
export function openConsole(options: ConsoleOptions): OpenConsole {
  return new ComposedConsole(options)
}

class ComposedConsole implements OpenConsole {
  readonly #changes: DatabaseChanges
  readonly #answers: KeptAnswers
  readonly #commands: CommandQueue
  readonly #warmer: AnswerWarmer
  readonly #unwatch: () => void
  #services: ConsoleServices
  #storage: LocalStorage

  constructor(options: ConsoleOptions) {
    const { access, offline, device, catalog, settings, clock, log } = options
    const { database, intake, supervisor } = access
    const kind = settings.databaseUrl === null ? 'embedded' : 'external'
    this.#storage = new LocalStorage(filesFolder(settings.dataDirectory))
    const place = settings.databaseUrl === null ? kind : placeName(settings.databaseUrl)
    this.#changes = changesOf(options)
    // What another version answered may lack what the contract of this one promises.
    const answered = `${place} by ${programVersion()}`
    this.#answers = new KeptAnswers({ store: offline.answers, place: answered, now: () => supervisor.now() })
    this.#commands = this.#openQueue(new StoredCommands(offline.store, place), access)
    this.#services = {
      database,
      intake,
      supervisor,
      catalog,
      settings,
      connection: { kind, serverVersion: '' },
      programVersion: programVersion(),
      changes: this.#changes,
      answers: this.#answers,
      commands: this.#commands,
      tokens: offline.tokens,
      device,
      storage: () => this.#storage,
      bannerAddress: async (banner) =>
        bannerAddress((await openConsoleKey(settings.dataDirectory)).bytes, clock, banner),
      hookSecrets: {
        seal: async (secret) => sealSecret((await openConsoleKey(settings.dataDirectory)).bytes, secret),
        unseal: async (sealed) => unsealSecret((await openConsoleKey(settings.dataDirectory)).bytes, sealed),
      },
      clock,
      onTrouble: (message) => log({ level: 'error', event: 'console_trouble', message }),
    }
    this.#warmer = new AnswerWarmer({
      services: () => this.#services,
      wasLookedAt: () => this.#answers.hasAny,
      clock,
    })
    this.#unwatch = supervisor.subscribe(({ state }) => state === 'up' && this.#warmer.note())
  }

  get services(): ConsoleServices {
    return this.#services
  }

  connected({ connection, catalog, filesDirectory }: ConnectedFacts): void {
    const { kind, serverVersion } = connection
    if (filesDirectory !== undefined) this.#storage = new LocalStorage(filesDirectory)
    this.#services = { ...this.#services, catalog, connection: { kind, serverVersion } }
  }

  changed(topics: readonly LiveTopic[]): void {
    this.#warmer.note(topics)
  }

  databaseReplaced(): void {
    this.#answers.clear()
    this.#warmer.note()
  }

  async stop(): Promise<void> {
    this.#unwatch()
    await this.#warmer.stop()
    await this.#changes.stop()
    await this.#commands.stop()
    this.#answers.stop()
  }

  #openQueue(store: CommandStore, { database, supervisor }: DatabaseAccess): CommandQueue {
    return new CommandQueue({
      store,
      deferrals,
      supervisor,
      database,
      // Loaded when something waits: an agent that nobody looks at does without the calls.
      make: async (name, input, identity) =>
        (await import('../console/make-call.ts')).makeCall(this.#services, { name, input, identity }),
      onChange: () => this.#changes.announce(['connection']),
    })
  }
}

function changesOf({ access, settings, clock }: ConsoleOptions): DatabaseChanges {
  const { database, supervisor } = access
  return new DatabaseChanges({
    url: () => access.url,
    applicationName: `pipeline-manager changes ${settings.agentName}`,
    database,
    supervisor,
    clock,
  })
}
