import type { IpcMainEvent, MessagePortMain } from 'electron'
import type { ConsolePort } from '../agent/console/message-port.ts'
import { channels, isPortName, type PortName } from '../shared/desktop/bridge.ts'
import { isOwnAddress } from './app-origin.ts'
import type { ElectronParts } from './parts.ts'

/** As long as the body of a request may be over HTTP, characters. */
export const longestMessage = 1_048_576

/** The end of a channel that is answered here. */
export type ServedPort = Extract<ConsolePort, { on: unknown }> & {
  /** Nothing comes through any more; the other side sees it. */
  close(): void
}

export interface HandshakeOptions {
  readonly parts: Pick<ElectronParts, 'ipcMain' | 'MessageChannelMain'>
  /** Answers the calls that come through the port; false when there is nobody to answer them now. */
  readonly serve: Readonly<Record<PortName, (port: ServedPort) => boolean>>
  readonly onRefused: (what: string) => void
}

/**
 * Hands ports to the console, and to nobody else: the request must come from the topmost frame of a page of ours (point 17). Behind the
 * port every message is a call of a contract, checked by its schema.
 */
export function listenForConsoles({ parts, serve, onRefused }: HandshakeOptions): void {
  parts.ipcMain.on(channels.connect, (event: IpcMainEvent, name: unknown) => {
    const reason = refusalOf(event, name)
    if (reason !== null) return onRefused(reason)
    if (!isPortName(name)) return
    const { port1, port2 } = new parts.MessageChannelMain()
    const isServed = serve[name](guardedPort(port1, onRefused))
    // What is on the other side sees it close and asks again when it has reason to.
    if (!isServed) port1.close()
    port1.start()
    event.senderFrame?.postMessage(channels.port, name, [port2])
  })
}

function refusalOf({ senderFrame, sender }: IpcMainEvent, name: unknown): string | null {
  if (senderFrame === null || senderFrame !== sender.mainFrame) return 'A frame inside a page asked for a port.'
  if (!isOwnAddress(senderFrame.url)) return `A page at ${senderFrame.url.slice(0, 200)} asked for a port.`
  return isPortName(name) ? null : 'A port was asked for that there is not.'
}

/** Takes only what a call can be: text of a bounded length. Whoever sends anything else has its port closed. */
export function guardedPort(port: MessagePortMain, onRefused: (what: string) => void): ServedPort {
  let isClosed = false
  const close = (): void => {
    isClosed = true
    port.close()
  }
  const refuse = (): void => {
    onRefused('A message that is no call, or too long, came through a port; the port is closed.')
    close()
  }
  return {
    close,
    postMessage: (data: unknown) => port.postMessage(data),
    on: (event: string, callback: (event?: { data: unknown }) => void) => {
      if (event === 'close') return port.on('close', () => callback())
      return port.on('message', ({ data }) => {
        if (isClosed) return
        if (typeof data === 'string' && data.length <= longestMessage) callback({ data })
        else refuse()
      })
    },
  }
}
