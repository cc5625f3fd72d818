/**
 * Preloaded before the built main bundle (`node --import`): puts the fake in place of `electron` and does what the harness asks, over the
 * channel of the child process. Ports of the console are carried through it as well.
 */
import { registerHooks } from 'node:module'
import type { MessagePort as NodePort } from 'node:worker_threads'
import type { MenuItemConstructorOptions } from 'electron'

const fakeAddress = new URL('./fake-electron.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: fakeAddress, shortCircuit: true } : next(specifier, context),
})

const fake = await import('./fake-electron.ts')
const ports = new Map<number, NodePort>()

function tell(message: object): void {
  if (process.connected) process.send?.(message)
}

fake.app.on('fake-exit', (code: number) => {
  // What was told before is on its way; then the program is gone, as Electron's would be.
  if (process.connected) process.send?.({ type: 'exit', code }, () => process.exit(code))
  else process.exit(code)
})

const latestWindow = () => fake.windows.findLast(({ isGone }) => !isGone)

type Label = string
type LabelTree = Label | { readonly label: Label; readonly entries: readonly LabelTree[] }

function labels(menu: readonly MenuItemConstructorOptions[]): LabelTree[] {
  return menu.map(({ type, label = '', submenu }) => {
    if (type === 'separator') return '-'
    return Array.isArray(submenu) ? { label, entries: labels(submenu) } : label
  })
}

function find(menu: readonly MenuItemConstructorOptions[], path: readonly string[]): MenuItemConstructorOptions {
  const [first = '', ...rest] = path
  const item = menu.find(({ label }) => label?.startsWith(first))
  if (item === undefined) throw new Error(`There is no "${first}" in ${JSON.stringify(labels(menu))}`)
  if (rest.length === 0) return item
  return find(Array.isArray(item.submenu) ? item.submenu : [], rest)
}

function press(item: MenuItemConstructorOptions): void {
  if (item.click === undefined) throw new Error(`"${item.label}" does nothing.`)
  ;(item.click as () => void)()
}

let nextPort = 1

/** Null when no port came back. `from`: who asks. */
function connect(name: string, from: 'page' | 'inner frame' | 'stranger'): number | null {
  const page = latestWindow()?.webContents
  if (page === undefined) throw new Error('There is no window.')
  const { url } = page.mainFrame
  if (from === 'stranger') page.mainFrame.url = 'https://console.example.com/'
  const senderFrame = from === 'inner frame' ? new fake.Frame('app://console/') : page.mainFrame
  const before = senderFrame.received.length
  fake.ipcMain.emit('pipeline-manager:connect', { senderFrame, sender: page }, name)
  page.mainFrame.url = url
  const [port] = senderFrame.received[before]?.ports ?? []
  if (port === undefined) return null
  const id = nextPort
  nextPort += 1
  ports.set(id, port)
  port.on('message', (data: unknown) => tell({ type: 'port', id, data }))
  port.on('close', () => tell({ type: 'port-closed', id }))
  return id
}

const emitters = { app: fake.app, power: fake.powerMonitor } as const

const operations: Readonly<Record<string, (...given: never[]) => unknown>> = {
  fetch: async (address: string, method = 'GET') => {
    const answer = await fake.handlers.get('app')?.(new Request(address, { method }))
    if (answer === undefined) throw new Error('Nobody handles app://')
    const body = Buffer.from(await answer.arrayBuffer()).toString('base64')
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body }
  },
  connect,
  post: (id: number, data: unknown) => ports.get(id)?.postMessage(data),
  postHuge: (id: number, length: number) => ports.get(id)?.postMessage('x'.repeat(length)),
  close: (id: number) => ports.get(id)?.close(),
  emit: (target: keyof typeof emitters, event: string, ...given: unknown[]) => {
    const cancellable = fake.cancellable()
    emitters[target].emit(event, cancellable, ...given)
    return cancellable.defaultPrevented
  },
  pageEvent: (event: string, url: string) => {
    const cancellable = fake.cancellable({ url })
    latestWindow()?.webContents.emit(event, cancellable)
    return cancellable.defaultPrevented
  },
  pageDies: () => latestWindow()?.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 }),
  openWindow: (url: string) => latestWindow()?.webContents.openHandler?.({ url } as never),
  mayAsk: (permission: string, address: string) => {
    let answer: boolean | null = null
    fake.permissions.request?.(null as never, permission as never, (given) => (answer = given), {
      requestingUrl: address,
    } as never)
    return { request: answer, check: fake.permissions.check?.(null, permission as never, address, {} as never) }
  },
  closeWindow: () => latestWindow()?.close(),
  quit: () => fake.app.quit(),
  machine: (changes: object) => Object.assign(fake.machine, changes),
  clickNotification: (at: number) => fake.Notification.all[at]?.emit('click', {}),
  actNotification: (at: number, actionIndex: number) => fake.Notification.all[at]?.emit('action', { actionIndex }),
  clickTray: (...path: string[]) => press(find(fake.Tray.current?.menu ?? [], path)),
  clickMenu: (...path: string[]) => press(find(fake.Menu.applicationMenu, path)),
  throwLater: () =>
    void setImmediate(() => {
      throw new Error('nobody catches this')
    }),
  state: () => ({
    seen: fake.seen,
    windows: fake.windows.map(({ options, webContents, isShown, isGone }) => ({
      options,
      isShown,
      isGone,
      url: webContents.mainFrame.url,
      sent: webContents.sent,
      reloads: webContents.reloads,
    })),
    notifications: fake.Notification.all.map(({ options }) => options),
    tray:
      fake.Tray.current === null
        ? null
        : {
            icon: (fake.Tray.current.image as { path: string }).path,
            tooltip: fake.Tray.current.tooltip,
            menu: labels(fake.Tray.current.menu),
          },
    menu: labels(fake.Menu.applicationMenu),
  }),
}

interface Request_ {
  readonly ask: number
  readonly name: string
  readonly given: never[]
}

process.on('message', (message: Request_) => {
  void answer(message)
})

async function answer({ ask, name, given }: Request_): Promise<void> {
  try {
    tell({ type: 'answer', ask, value: (await operations[name]?.(...given)) ?? null })
  } catch (error) {
    tell({ type: 'answer', ask, error: error instanceof Error ? error.message : String(error) })
  }
}
tell({ type: 'ready' })
