import type { Clock } from '../../shared/clock.ts'
import { Problem } from '../../shared/errors.ts'
import type { ChannelType } from '../../shared/incidents.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import type { Environment } from '../jobs/executors/command-lookup.ts'
import type { Channel } from './channels/channel.ts'
import { openChannel } from './channels/index.ts'

export interface OpenChannels {
  /** Those that can be used, by name. */
  readonly channels: ReadonlyMap<string, Channel>
  /** Why others cannot, as whole sentences; like a job type that cannot run, such a channel is not published. */
  readonly warnings: readonly string[]
}

/** The channels of the local file with what they need of this machine; nobody is told anything yet. */
export function openChannels(options: {
  readonly catalog: Pick<Catalog, 'channels' | 'httpAllowHosts'>
  /** Absolute folder where relative `cwd`s start. */
  readonly baseDirectory: string
  readonly environment: Environment
  readonly secret: (name: string) => string | undefined
  readonly mask: (value: string) => void
  readonly clock: Clock
}): OpenChannels {
  const { catalog, ...place } = options
  const { httpAllowHosts } = catalog
  const channels = new Map<string, Channel>()
  const warnings: string[] = []
  for (const [name, entry] of catalog.channels) {
    try {
      channels.set(name, openChannel(entry, { ...place, httpAllowHosts }))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      warnings.push(`The channel "${name}" cannot be used: ${error.message}`)
    }
  }
  return { channels, warnings }
}

/** What an agent publishes of its channels: names and types, and nothing of what they are made of. */
export function publicChannels(channels: ReadonlyMap<string, Channel>): Record<string, { type: ChannelType }> {
  return Object.fromEntries([...channels].map(([name, { type }]) => [name, { type }]))
}
