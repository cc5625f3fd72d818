/** The only thing between the console and the main process. It passes on the names of wishes, ports, and places; nothing of Electron. */
import { contextBridge, ipcRenderer } from 'electron'
import { bridgeName, channels, type DesktopBridge, type PortMessage, type PortName } from '../shared/desktop/bridge.ts'

/** A page, in this folder that otherwise has Node's globals. */
declare const window: {
  readonly location: { readonly origin: string }
  postMessage(message: PortMessage, origin: string, transfer: readonly unknown[]): void
}

// A port can go through the isolation of worlds only as a message of the window.
ipcRenderer.on(channels.port, ({ ports }, name: PortName) => {
  window.postMessage({ type: channels.port, name }, window.location.origin, ports)
})

let tellPlace: ((place: string) => void) | null = null
ipcRenderer.on(channels.open, (_event, place: string) => tellPlace?.(place))

const bridge: DesktopBridge = {
  connect: (name) => ipcRenderer.send(channels.connect, name),
  onOpen: (listener) => {
    tellPlace = listener
  },
}
contextBridge.exposeInMainWorld(bridgeName, bridge)
