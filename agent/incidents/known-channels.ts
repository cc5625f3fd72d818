import { type ChannelType, channelTypes } from '../../shared/incidents.ts'
import type { Database } from '../store/database.ts'
import { listPublishedChannels } from '../store/notification-list.ts'

/** A channel that some agent has or had within the last 30 days. */
export interface KnownChannel {
  readonly name: string
  readonly type: ChannelType
  /** Names of the living agents that have it; none: nobody can tell anything there now. */
  readonly agents: readonly string[]
}

/**
 * By name and type, in the order of their names. Two agents that say different things of one name are two channels here: it is shown,
 * never silently won.
 */
export async function readKnownChannels(database: Database, aliveSeconds: number): Promise<KnownChannel[]> {
  const found = new Map<string, { name: string; type: ChannelType; agents: string[] }>()
  for (const { name, type: given, agent, isAlive } of await listPublishedChannels(database, aliveSeconds)) {
    const type = channelTypes.find((known) => known === given)
    // Of a newer program, or of no program of ours.
    if (type === undefined) continue
    const key = `${name} ${type}`
    const channel = found.get(key) ?? { name, type, agents: [] }
    found.set(key, channel)
    if (isAlive) channel.agents.push(agent)
  }
  return [...found.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

/** What a channel of this name is: as the living say, where they do. Null = nobody has it. */
export function typeOfChannel(channels: readonly KnownChannel[], name: string): ChannelType | null {
  const called = channels.filter((channel) => channel.name === name)
  return (called.find(({ agents }) => agents.length > 0) ?? called[0])?.type ?? null
}
