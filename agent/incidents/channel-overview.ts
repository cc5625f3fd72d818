import type { ChannelType } from '../../shared/incidents.ts'
import { desktopChannel, type NotificationRoute } from '../../shared/notifications/dispatch-plan.ts'
import type { Database } from '../store/database.ts'
import type { Viewpoint } from '../store/incident-columns.ts'
import { type ChannelRecord, listChannelRecords } from '../store/notification-list.ts'
import { type KnownChannel, readKnownChannels } from './known-channels.ts'

/** A channel and how it does, for whoever steers it. */
export interface ChannelOverview extends ChannelRecord {
  /** Null: a route names it, and no agent of the last 30 days has it. */
  readonly type: ChannelType | null
  /** Living ones that have it. */
  readonly agents: readonly string[]
  /** What is wrong with it, as a sentence; null = nothing. */
  readonly notice: string | null
}

/** Everything that agents have or routes name, the desktops always; deliveries as the viewpoint has them. */
export async function readChannelOverview(
  database: Database,
  about: Viewpoint & {
    readonly routes: readonly NotificationRoute[]
    readonly aliveSeconds: number
  },
): Promise<ChannelOverview[]> {
  const known = await readKnownChannels(database, about.aliveSeconds)
  const routed = new Set(about.routes.filter(({ enabled }) => enabled).map(({ channel }) => channel))
  const named = withUnknown(known, [desktopChannel, ...about.routes.map(({ channel }) => channel)])
  const names = [...new Set(named.map(({ name }) => name))]
  const records = await listChannelRecords(database, names, about)
  const byName = new Map(records.map((record) => [record.name, record]))
  return named.map((channel) => {
    const record = byName.get(channel.name) ?? emptyRecord(channel.name)
    return { ...record, ...channel, notice: noticeOf(channel, record, routed.has(channel.name)) }
  })
}

type Named = Omit<KnownChannel, 'type'> & { readonly type: ChannelType | null }

function withUnknown(known: readonly KnownChannel[], names: readonly string[]): Named[] {
  const missing = [...new Set(names)].filter((name) => known.every((channel) => channel.name !== name))
  const unknown = missing.map((name) => ({ name, type: name === desktopChannel ? desktopChannel : null, agents: [] }))
  return [...known, ...unknown].toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

function emptyRecord(name: string): ChannelRecord {
  return { name, pending: 0, held: 0, lastDeliveredAt: null, lastFailedAt: null, lastFailure: null }
}

function noticeOf({ name, type, agents }: Named, record: ChannelRecord, isRouted: boolean): string | null {
  const { lastDeliveredAt, lastFailedAt, lastFailure } = record
  if (isRouted && agents.length === 0 && type !== desktopChannel) {
    return `No running agent has the channel "${name}": what is told there waits for one, a day at most.`
  }
  const isFailing = lastFailedAt !== null && (lastDeliveredAt === null || lastFailedAt > lastDeliveredAt)
  return isFailing ? `The channel "${name}" fails: ${lastFailure ?? 'nobody knows why'}` : null
}
