import { RPCHandler } from '@orpc/server/message-port'
import { type ConsoleServices, type Identity, readingIdentity } from './context.ts'
import { doorRules } from './door-rules.ts'
import { consoleRouter } from './router.ts'

/** A port of a MessageChannel, of Electron's MessageChannelMain (its `on('message')`), or of the browser. */
export type ConsolePort = Parameters<RPCHandler<never>['upgrade']>[0]

/** The door of the desktop: the same calls as over HTTP, for one person at this machine. */
export interface PortDoor {
  /**
   * Answers the calls that come through the port as this person, until it is closed; streams end with it. The caller starts the
   * port (`port.start()`) afterwards, so that no message comes too early. `services` is asked for each call: what the agent knows
   * of its database changes.
   */
  upgrade(port: ConsolePort, identity: Identity, services: () => ConsoleServices): void
}

export function createPortDoor({ isReadOnly }: { readonly isReadOnly: boolean }): PortDoor {
  const handler = new RPCHandler(consoleRouter, doorRules({ isReadOnly }))
  return {
    upgrade: (port, identity, services) => {
      const seen = isReadOnly ? readingIdentity(identity) : identity
      handler.upgrade(port, {
        get context() {
          return { identity: seen, services: services() }
        },
      })
    },
  }
}
