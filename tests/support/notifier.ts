/** The notifier of one agent on a test database, woken by the database as in a real one. What channels do is plain functions. */
import { randomUUID } from 'node:crypto'
import type { Channel, Delivery } from '../../agent/incidents/channels/channel.ts'
import { type DesktopDevice, Notifier } from '../../agent/incidents/notifier.ts'
import { publicChannels } from '../../agent/incidents/open-channels.ts'
import { SecretMasker } from '../../agent/jobs/log/secret-masker.ts'
import { registerAgent } from '../../agent/store/agents.ts'
import { type DatabasePool, openPool } from '../../agent/store/database.ts'
import { wakeUpListener } from '../../agent/store/wake-ups.ts'
import { type Clock, systemClock } from '../../shared/clock.ts'

export type Deliver = (delivery: Delivery, signal: AbortSignal) => string | Promise<string>

export interface TestNotifierOptions {
  readonly url: string
  readonly name?: string
  /** By name; a function is a webhook that does this. */
  readonly channels?: Readonly<Record<string, Deliver | Channel>>
  readonly desktop?: DesktopDevice
  readonly isLeader?: boolean
  readonly gatherMs?: number
  readonly masker?: SecretMasker
  readonly clock?: Clock
  /** In place of the pool, to let things go wrong. */
  readonly wrap?: (database: DatabasePool) => DatabasePool
}

export interface TestNotifier extends AsyncDisposable {
  readonly id: string
  readonly name: string
  readonly notifier: Notifier
  readonly database: DatabasePool
  readonly troubles: string[]
  stop(): Promise<void>
}

const usualTimeoutMs = 10_000

/** Started; it tells at once what there is to tell, without gathering, unless told otherwise. */
export async function startTestNotifier(options: TestNotifierOptions): Promise<TestNotifier> {
  const { url, desktop = null, isLeader = true, gatherMs = 0, masker = new SecretMasker(), wrap } = options
  const id = randomUUID()
  const name = options.name ?? `agent-${id.slice(0, 8)}`
  const channels = new Map(Object.entries(options.channels ?? {}).map(([key, given]) => [key, channelOf(given)]))
  const troubles: string[] = []
  const database = openPool({
    url,
    applicationName: `notifier ${name}`,
    size: 2,
    purpose: 'console',
    onConnectionError: (error) => troubles.push(error.message),
  })
  await registerAgent(database, {
    id,
    name,
    host: 'test',
    processId: process.pid,
    programVersion: '0.0.0',
    jobTypes: [],
    concurrency: 1,
    catalog: {
      channels: { ...publicChannels(channels), ...(desktop === null ? {} : { desktop: { type: 'desktop' } }) },
    },
  })
  const notifier = new Notifier({
    database: wrap === undefined ? database : wrap(database),
    agent: { id, name },
    channels,
    desktop,
    leadership: { isLeader, subscribe: () => () => undefined },
    clock: options.clock ?? systemClock,
    masker,
    aliveSeconds: 150,
    consoleUrl: 'https://ops.example.com',
    random: () => 0,
    gatherMs,
    onTrouble: (message) => troubles.push(message),
  })
  const listener = wakeUpListener({
    url,
    applicationName: `listener ${name}`,
    onWakeUp: (kind) => {
      if (kind === 'dispatch' || kind === 'deliveries') notifier.hear(kind)
    },
    onTopics: () => undefined,
    onState: (isListening) => notifier.listening(isListening),
  })
  await listener.start()
  notifier.start()
  const stop = async (): Promise<void> => {
    await listener.stop()
    await notifier.stop()
    await database.stop()
  }
  return { id, name, notifier, database, troubles, stop, [Symbol.asyncDispose]: stop }
}

function channelOf(given: Deliver | Channel): Channel {
  if (typeof given !== 'function') return given
  return { type: 'webhook', timeoutMs: usualTimeoutMs, deliver: async (delivery, signal) => given(delivery, signal) }
}
