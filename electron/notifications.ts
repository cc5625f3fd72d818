import type { Notification } from 'electron'
import type { DesktopPort } from '../agent/incidents/channels/desktop.ts'
import type { DeviceMessage } from '../agent/incidents/device-outbox.ts'
import { type NotificationAction, notificationActions } from './notification-actions.ts'
import type { ElectronParts } from './parts.ts'

export interface NotificationsOptions {
  readonly parts: Pick<ElectronParts, 'Notification'>
  readonly platform: NodeJS.Platform
  readonly isQuiet: () => boolean
  /** A click: exactly this place. */
  readonly onOpen: (place: string) => void
  readonly onAction: (action: NotificationAction, incidentId: string) => void
  /** The system refused the last one, or shows them again (null). */
  readonly onHealth: (failure: string | null) => void
}

/** How long the system may take to say that it shows something, ms. It is told as refused then, and stays in the console's centre. */
const patienceMs = 10_000

/** So many places of summaries are remembered. */
const mostPlaces = 500

/** Systems cut or refuse more. */
const idLimit = 64

/**
 * N4: the desktop channel. One notification for each message; what the system does not show is an error, so that the device's history
 * says so. A click and the buttons carry what they are about, so that they still mean the same after a restart.
 */
export class Notifications implements DesktopPort {
  readonly #options: NotificationsOptions
  /** On screen: a notification that is collected as garbage does not tell of its click. */
  readonly #shown = new Set<Notification>()
  /** Of summaries, by their ids: a click on Windows says no more. */
  readonly #places = new Map<string, string>()

  constructor(options: NotificationsOptions) {
    this.#options = options
  }

  readonly state = (): 'showing' | 'do_not_disturb' => (this.#options.isQuiet() ? 'do_not_disturb' : 'showing')

  readonly show = async (message: DeviceMessage): Promise<void> => {
    const { parts, onHealth } = this.#options
    try {
      if (!parts.Notification.isSupported()) throw new Error('This system has nothing that shows notifications.')
      await this.#present(message)
      onHealth(null)
    } catch (error) {
      onHealth(error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  /**
   * Clicks on what an earlier process has shown: on macOS by notifications that are still listed. Windows tells of all clicks here, those of
   * this process too, with what the toast was made with.
   */
  async resume(): Promise<void> {
    const { parts, platform } = this.#options
    if (platform === 'win32') {
      parts.Notification.handleActivation(({ arguments: text, actionIndex }) => this.#activate(text, actionIndex))
    }
    if (platform !== 'darwin') return
    for (const notification of await parts.Notification.getHistory()) this.#follow(notification, notification.id)
  }

  /** Windows and macOS show buttons; Linux does not. */
  get #hasActions(): boolean {
    return this.#options.platform === 'win32' || this.#options.platform === 'darwin'
  }

  async #present(message: DeviceMessage): Promise<void> {
    const { parts } = this.#options
    const id = notificationId(message)
    const buttons = this.#hasActions && isOpen(message) ? notificationActions.map(({ text }) => text) : []
    const notification = new parts.Notification({
      id,
      groupId: 'incidents',
      groupTitle: 'Pipeline Manager',
      title: message.title,
      body: message.body,
      urgency: message.severity === 'problem' ? 'critical' : 'normal',
      actions: buttons.map((text) => ({ type: 'button', text })),
    })
    this.#follow(notification, id, message.place)
    const { promise, resolve, reject } = Promise.withResolvers<null>()
    const timer = setTimeout(() => reject(new Error('The system gave no answer.')), patienceMs)
    notification.once('show', () => resolve(null))
    notification.once('failed', (_event, error) => reject(new Error(`The system refused it: ${error}`)))
    notification.show()
    await promise.finally(() => clearTimeout(timer))
  }

  #follow(notification: Notification, id: string, place = placeOfId(id)): void {
    this.#shown.add(notification)
    const done = (): unknown => this.#shown.delete(notification)
    notification.on('close', done)
    notification.on('failed', done)
    // There everything is told to `handleActivation` as well, and would be done twice.
    if (this.#options.platform === 'win32') return this.#remember(id, place)
    notification.on('click', () => {
      done()
      this.#options.onOpen(place)
    })
    notification.on('action', ({ actionIndex }) => {
      done()
      this.#act(id, actionIndex)
    })
  }

  #remember(id: string, place: string): void {
    this.#places.delete(id)
    this.#places.set(id, place)
    for (const oldest of this.#places.keys()) {
      if (this.#places.size <= mostPlaces) return
      this.#places.delete(oldest)
    }
  }

  /** `text`: `type=…&tag=<id>&…`. */
  #activate(text: string, actionIndex: number | undefined): void {
    const id = /(?:^|&)tag=([^&]*)/.exec(text)?.[1] ?? ''
    if (actionIndex === undefined) this.#options.onOpen(this.#places.get(id) ?? placeOfId(id))
    else this.#act(id, actionIndex)
  }

  #act(id: string, index: number): void {
    const action = notificationActions[index]?.action
    const incidentId = incidentOfId(id)
    if (action === undefined || incidentId === null) return this.#options.onOpen(placeOfId(id))
    this.#options.onAction(action, incidentId)
  }
}

/** What a notification is about, in its own id: it is all that is left of it after a restart. */
export function notificationId({ id, incidentId }: DeviceMessage): string {
  return incidentId === null ? `message:${id}`.slice(0, idLimit) : `incident:${incidentId}`
}

function incidentOfId(id: string): string | null {
  return /^incident:([0-9a-f-]{36})$/.exec(id)?.[1] ?? null
}

/** A summary is about several: the place where all are. */
function placeOfId(id: string): string {
  const incidentId = incidentOfId(id)
  return incidentId === null ? '/' : `/incidents/${incidentId}`
}

function isOpen({ incidentId, severity }: DeviceMessage): boolean {
  return incidentId !== null && severity !== 'resolved'
}
