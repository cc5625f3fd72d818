/**
 * What the main process sees of Electron, without Electron: it remembers what it was told and emits what it is made to. Its types are
 * checked against the package's own. The harness puts it in place of `electron` and steers it (fake-process.ts).
 */
import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MessageChannel, type MessagePort as NodePort } from 'node:worker_threads'
import type {
  App,
  BrowserWindowConstructorOptions,
  MenuItemConstructorOptions,
  NotificationConstructorOptions,
  PowerMonitor,
  Protocol,
  BrowserWindow as RealWindow,
  SafeStorage,
  Session,
  Shell,
  WebContents,
} from 'electron'

const folder = process.env['FAKE_ELECTRON_FOLDER'] ?? ''

/** Everything the program did that a test may ask for, as plain data. */
export const seen = {
  calls: [] as { readonly name: string; readonly arguments: readonly unknown[] }[],
  external: [] as string[],
  clipboard: '',
  errorBoxes: [] as string[],
  exitCode: null as number | null,
}

/** What the machine is like; a test changes it. */
export const machine = {
  isNotificationSupported: true,
  /** Why the system refuses every notification; null = it does not. */
  notificationRefusal: null as string | null,
  isOnBattery: false,
  backend: 'gnome_libsecret' as ReturnType<SafeStorage['getSelectedStorageBackend']>,
  chosenFile: null as string | null,
}

function note(name: string, ...given: readonly unknown[]): void {
  seen.calls.push({ name, arguments: given })
}

class Port extends EventEmitter {
  readonly raw: NodePort

  constructor(raw: NodePort) {
    super()
    this.raw = raw
    raw.on('message', (data: unknown) => this.emit('message', { data, ports: [] }))
    raw.on('close', () => this.emit('close'))
  }

  postMessage(message: unknown): void {
    // A port has no origin; the rule means windows.
    const send = this.raw.postMessage.bind(this.raw)
    send(message)
  }

  start(): void {
    this.raw.start()
  }

  close(): void {
    this.raw.close()
  }
}

export class MessageChannelMain {
  readonly port1: Port
  readonly port2: NodePort

  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.port1 = new Port(port1)
    this.port2 = port2
  }
}

export class Frame {
  url: string
  readonly received: { readonly channel: string; readonly message: unknown; readonly ports: readonly NodePort[] }[] = []

  constructor(url: string) {
    this.url = url
  }

  postMessage(channel: string, message: unknown, ports: readonly NodePort[] = []): void {
    this.received.push({ channel, message, ports })
  }
}

export class Page extends EventEmitter {
  readonly mainFrame = new Frame('')
  readonly sent: { readonly channel: string; readonly value: unknown }[] = []
  reloads = 0
  openHandler: Parameters<WebContents['setWindowOpenHandler']>[0] | null = null

  setWindowOpenHandler(handler: Parameters<WebContents['setWindowOpenHandler']>[0]): void {
    this.openHandler = handler
  }

  send(channel: string, value: unknown): void {
    this.sent.push({ channel, value })
  }

  reload(): void {
    this.reloads += 1
  }
}

export const windows: BrowserWindow[] = []

export class BrowserWindow extends EventEmitter {
  readonly options: BrowserWindowConstructorOptions
  readonly webContents = new Page()
  isShown = false
  isGone = false

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super()
    this.options = options
    windows.push(this)
    app.emit('web-contents-created', {}, this.webContents)
  }

  async loadURL(address: string): Promise<void> {
    this.webContents.mainFrame.url = address
    note('loadURL', address)
    await Promise.resolve()
    this.emit('ready-to-show')
    this.webContents.emit('did-finish-load')
  }

  show(): void {
    this.isShown = true
  }

  hide(): void {
    this.isShown = false
  }

  focus(): void {
    note('focus')
  }

  restore(): void {
    note('restore')
  }

  maximize(): void {
    note('maximize')
  }

  isMinimized(): boolean {
    return false
  }

  isMaximized(): boolean {
    return false
  }

  getNormalBounds() {
    return { x: 10, y: 20, width: 1000, height: 700 }
  }

  /** As a person closes it. */
  close(): void {
    const event = cancellable()
    this.emit('close', event)
    if (!event.defaultPrevented) this.destroy()
  }

  destroy(): void {
    this.isGone = true
    this.emit('closed')
    if (windows.every(({ isGone }) => isGone)) app.emit('window-all-closed')
  }
}

/** One that only the system speaks to. */
export class BaseWindow extends EventEmitter {}

export function cancellable(given: { readonly url?: string } = {}) {
  const event = {
    ...given,
    defaultPrevented: false,
    preventDefault: () => {
      event.defaultPrevented = true
    },
  }
  return event
}

class FakeApp extends EventEmitter {
  readonly isPackaged = process.env['FAKE_ELECTRON_PACKAGED'] === '1'
  #isReady = false
  readonly #paths = new Map<string, string>([['appData', folder]])

  isReady(): boolean {
    return this.#isReady
  }

  async whenReady(): Promise<void> {
    await Promise.resolve()
    this.#isReady = true
  }

  getPath(name: string): string {
    return this.#paths.get(name) ?? join(folder, name)
  }

  setPath(name: string, path: string): void {
    this.#paths.set(name, path)
  }

  enableSandbox = (): void => note('enableSandbox')
  setName = (name: string): void => note('setName', name)
  setAppUserModelId = (id: string): void => note('setAppUserModelId', id)
  setToastActivatorCLSID = (id: string): void => note('setToastActivatorCLSID', id)
  setAboutPanelOptions = (options: object): void => note('setAboutPanelOptions', options)
  showAboutPanel = (): void => note('showAboutPanel')
  setLoginItemSettings = (settings: object): void => note('setLoginItemSettings', settings)
  getLoginItemSettings() {
    return { openAtLogin: false, status: 'enabled', wasOpenedAtLogin: false }
  }

  setAsDefaultProtocolClient(scheme: string): boolean {
    note('setAsDefaultProtocolClient', scheme)
    return true
  }

  requestSingleInstanceLock(told: object): boolean {
    note('requestSingleInstanceLock', told)
    return process.env['FAKE_ELECTRON_SECOND'] !== '1'
  }

  quit(): void {
    const event = cancellable()
    this.emit('before-quit', event)
    if (!event.defaultPrevented) this.exit(0)
  }

  exit(code = 0): void {
    seen.exitCode = code
    this.emit('fake-exit', code)
  }
}
export const app = new FakeApp()

class FakeNotification extends EventEmitter {
  static readonly all: FakeNotification[] = []
  static activated: ((details: { arguments: string; actionIndex?: number }) => void) | null = null
  readonly options: NotificationConstructorOptions
  readonly id: string

  constructor(options: NotificationConstructorOptions = {}) {
    super()
    this.options = options
    this.id = options.id ?? ''
  }

  static isSupported(): boolean {
    return machine.isNotificationSupported
  }

  static async getHistory(): Promise<FakeNotification[]> {
    return []
  }

  static handleActivation(callback: (details: { arguments: string; actionIndex?: number }) => void): void {
    FakeNotification.activated = callback
  }

  show(): void {
    const refusal = machine.notificationRefusal
    if (refusal === null) FakeNotification.all.push(this)
    queueMicrotask(() => (refusal === null ? this.emit('show') : this.emit('failed', {}, refusal)))
  }
}

export { FakeNotification as Notification }

export class Tray extends EventEmitter {
  static current: Tray | null = null
  image: unknown
  tooltip = ''
  title = ''
  menu: readonly MenuItemConstructorOptions[] = []

  constructor(image: unknown) {
    super()
    this.image = image
    Tray.current = this
  }

  setImage = (image: unknown): void => void (this.image = image)
  setToolTip = (text: string): void => void (this.tooltip = text)
  setTitle = (text: string): void => void (this.title = text)
  setContextMenu = (menu: readonly MenuItemConstructorOptions[]): void => void (this.menu = menu)
  destroy(): void {
    Tray.current = null
  }
}

export const Menu = {
  applicationMenu: [] as readonly MenuItemConstructorOptions[],
  buildFromTemplate: (template: readonly MenuItemConstructorOptions[]) => template,
  setApplicationMenu: (menu: readonly MenuItemConstructorOptions[]): void => {
    Menu.applicationMenu = menu
  },
}

export const nativeImage = {
  createFromPath: (path: string) => ({ path, setTemplateImage: (isTemplate: boolean) => note('template', isTemplate) }),
}

export const nativeTheme = { shouldUseDarkColors: false }
export const ipcMain = new EventEmitter()

class FakePower extends EventEmitter {
  isOnBatteryPower(): boolean {
    return machine.isOnBattery
  }
}
export const powerMonitor = new FakePower()

export const handlers = new Map<string, (request: Request) => Promise<Response>>()
export const protocol = {
  registerSchemesAsPrivileged: (schemes) => note('registerSchemesAsPrivileged', schemes),
  handle: (scheme, handler) => void handlers.set(scheme, handler as (request: Request) => Promise<Response>),
} satisfies Pick<Protocol, 'registerSchemesAsPrivileged' | 'handle'>

export const permissions: {
  request: Parameters<Session['setPermissionRequestHandler']>[0]
  check: Parameters<Session['setPermissionCheckHandler']>[0]
  device: Parameters<Session['setDevicePermissionHandler']>[0]
} = { request: null, check: null, device: null }
export const session = {
  defaultSession: {
    setPermissionRequestHandler: (handler) => void (permissions.request = handler),
    setPermissionCheckHandler: (handler) => void (permissions.check = handler),
    setDevicePermissionHandler: (handler) => void (permissions.device = handler),
  } satisfies Pick<Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'>,
}

/** Encrypted well enough to see whether a secret stands anywhere in the open. */
export const safeStorage = {
  isAsyncEncryptionAvailable: async () => machine.backend !== 'unknown',
  encryptStringAsync: async (text) => Buffer.from(text, 'utf8').map((byte) => byte ^ 0x5a) as Buffer,
  decryptStringAsync: async (encrypted) => ({
    result: Buffer.from(encrypted.map((byte) => byte ^ 0x5a)).toString('utf8'),
    shouldReEncrypt: false,
  }),
  getSelectedStorageBackend: () => machine.backend,
  setUsePlainTextEncryption: (isPlain) => note('setUsePlainTextEncryption', isPlain),
} satisfies Partial<SafeStorage>

export const shell = {
  openExternal: async (address) => void seen.external.push(address),
  openPath: async (path) => {
    note('openPath', path)
    return ''
  },
} satisfies Partial<Shell>

export const clipboard = {
  writeText: async (text: string): Promise<void> => {
    seen.clipboard = text
  },
}
export const crashReporter = { start: (options: object): void => note('crashReporter', options) }
export const dialog = {
  showMessageBox: async () => ({ response: 2, checkboxChecked: false }),
  /** Modal and synchronous, as the real one: nothing goes on until somebody has pressed the button. */
  showErrorBox: (title: string, text: string): void => {
    seen.errorBoxes.push(`${title}\n${text}`)
    const button = process.env['FAKE_ELECTRON_BUTTON']
    if (button === undefined) return
    const still = new Int32Array(new SharedArrayBuffer(4))
    while (!existsSync(button)) Atomics.wait(still, 0, 0, 20)
  },
  showOpenDialog: async () => ({
    canceled: machine.chosenFile === null,
    filePaths: machine.chosenFile === null ? [] : [machine.chosenFile],
  }),
}
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] }

// The parts that are classes or emitters have the methods of the real ones, by name and shape.
app satisfies Pick<App, 'isReady' | 'whenReady' | 'enableSandbox' | 'setName' | 'quit' | 'exit' | 'isPackaged'>
powerMonitor satisfies Pick<PowerMonitor, 'isOnBatteryPower'>
BrowserWindow.prototype satisfies Pick<
  RealWindow,
  'loadURL' | 'show' | 'hide' | 'focus' | 'restore' | 'maximize' | 'isMinimized' | 'isMaximized' | 'getNormalBounds'
>
