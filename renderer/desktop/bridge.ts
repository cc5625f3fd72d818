import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import {
  bridgeName,
  channels,
  type DesktopBridge,
  type PortMessage,
  type PortName,
} from '../../shared/desktop/bridge.ts'
import type { DesktopContract } from '../../shared/desktop/contract.ts'

export type DesktopClient = ContractRouterClient<DesktopContract>

/** Null in a browser. */
export function findBridge(): DesktopBridge | null {
  if (!(bridgeName in window)) return null
  // Only the preload of the desktop can have put it there before any script of the page.
  return (window as unknown as Record<typeof bridgeName, DesktopBridge>)[bridgeName]
}

/** A port to the main process. Started already. */
export function openPort(bridge: DesktopBridge, name: PortName): Promise<MessagePort> {
  return new Promise((resolve) => {
    const hear = ({ source, data, ports }: MessageEvent<unknown>): void => {
      const [port] = ports
      if (source !== window || !isPortMessage(data) || data.name !== name || port === undefined) return
      window.removeEventListener('message', hear)
      port.start()
      resolve(port)
    }
    window.addEventListener('message', hear)
    bridge.connect(name)
  })
}

function isPortMessage(data: unknown): data is PortMessage {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === channels.port && 'name' in data
}

export async function connectDesktop(bridge: DesktopBridge): Promise<DesktopClient> {
  return createORPCClient(new RPCLink({ port: await openPort(bridge, 'desktop') }))
}
