/**
 * What the preload gives to the console, and the names by which main process and preload speak. Nothing of zod here: the preload is one
 * small file.
 */

/** Both are spoken through ports: the contract of every agent, and that of the desktop around it. */
export const portNames = ['console', 'desktop'] as const
export type PortName = (typeof portNames)[number]

/** Names of messages between main process and preload. */
export const channels = {
  /** From the console: a port is wanted. */
  connect: 'pipeline-manager:connect',
  /** To the console: here it is. */
  port: 'pipeline-manager:port',
  /** To the console: show this place. */
  open: 'pipeline-manager:open',
} as const

/** The name of the bridge in the console's window. */
export const bridgeName = 'pipelineManager'

/** Of the message by which a port reaches the console. */
export interface PortMessage {
  readonly type: typeof channels.port
  readonly name: PortName
}

/** All that the console can ask of the preload. One function for each use; nothing of Electron goes through. */
export interface DesktopBridge {
  /** Asks for a port; it comes as a message of the window itself, a `PortMessage` with the port. */
  readonly connect: (name: PortName) => void
  /** Told which place to show, `/incidents/<id>`; the last one who asks is told. */
  readonly onOpen: (listener: (place: string) => void) => void
}

export function isPortName(value: unknown): value is PortName {
  return portNames.some((name) => name === value)
}
