import type { Session, WebContents, WebPreferences } from 'electron'
import { isOwnAddress } from './app-origin.ts'
import type { ElectronParts } from './parts.ts'

/** Everything a page could have, said out loud: what Electron gives by itself has changed before (points 2 to 10 of its checklist). */
export function safePreferences(preload: string): WebPreferences {
  return {
    preload,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
  }
}

/** Hosts that a link may open in the browser without a question. */
const knownHosts: ReadonlySet<string> = new Set([
  'github.com',
  'www.postgresql.org',
  'business.facebook.com',
  'developers.facebook.com',
  'www.standardwebhooks.com',
])

/** Whether the browser may be asked to open this: https alone, to a host that is known, without a password in it. */
export function isKnownLink(address: string): boolean {
  const url = webAddress(address)
  return url?.protocol === 'https:' && knownHosts.has(url.hostname) && url.port === ''
}

/** Null for what is no page of the web, and for one with a name or password in its address. */
function webAddress(address: string): URL | null {
  const url = URL.parse(address)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  return isWeb && url.username === '' && url.password === '' ? url : null
}

export interface HardeningOptions {
  readonly parts: Pick<ElectronParts, 'app' | 'clipboard' | 'dialog' | 'shell'>
  /** Where newer versions are; null = nowhere. */
  readonly homepage: string | null
  /** An address of our own that a page wanted in a window of its own. */
  readonly onOpen: (place: string) => void
  readonly onRefused: (what: string) => void
}

/** Whatever page there will ever be stays where it is and holds no other page; what its links may open, see `PageLinks` (points 11 to 15). */
export function hardenPages(options: HardeningOptions): void {
  const links = new PageLinks(options)
  options.parts.app.on('web-contents-created', (_event, contents) => hardenPage(contents, links))
}

function hardenPage(contents: WebContents, links: PageLinks): void {
  contents.on('will-attach-webview', (event) => event.preventDefault())
  const stay = (event: { readonly url: string; preventDefault(): void }): void => {
    if (isOwnAddress(event.url)) return
    event.preventDefault()
    links.open(event.url)
  }
  contents.on('will-navigate', stay)
  contents.on('will-frame-navigate', stay)
  contents.on('will-redirect', stay)
  contents.setWindowOpenHandler(({ url }) => {
    links.follow(url)
    return { action: 'deny' }
  })
}

const answers = { open: 0, copy: 1, cancel: 2 } as const

/** Logs are full of addresses that nobody has checked: but for a few, a person sees where a link leads before the browser does. */
class PageLinks {
  readonly #options: HardeningOptions
  #isAsking = false

  constructor(options: HardeningOptions) {
    this.#options = options
  }

  /** What a page went to by itself: only what is known leads anywhere. */
  open(address: string): void {
    const isHomepage = address === this.#options.homepage && webAddress(address) !== null
    if (isHomepage || isKnownLink(address)) this.#openOutside(address)
    else this.#options.onRefused(`A page wanted to open ${named(address)}`)
  }

  /** What a person clicked. */
  follow(address: string): void {
    if (isOwnAddress(address)) {
      const { pathname, search } = new URL(address)
      return this.#options.onOpen(pathname + search)
    }
    const url = webAddress(address)
    if (url === null || isKnownLink(address) || address === this.#options.homepage) return this.open(address)
    void this.#ask(url)
  }

  /** One question at a time: a page cannot fill the screen with them. */
  async #ask(url: URL): Promise<void> {
    const { dialog, clipboard } = this.#options.parts
    if (this.#isAsking) return
    this.#isAsking = true
    try {
      const { response } = await dialog.showMessageBox({
        type: 'question',
        message: `Open ${url.host} in the browser?`,
        detail: url.href.slice(0, 500),
        buttons: ['Open', 'Copy address', 'Cancel'],
        defaultId: answers.cancel,
        cancelId: answers.cancel,
        noLink: true,
      })
      if (response === answers.open) this.#openOutside(url.href)
      if (response === answers.copy) void clipboard.writeText(url.href)
    } finally {
      this.#isAsking = false
    }
  }

  #openOutside(address: string): void {
    const { parts, onRefused } = this.#options
    parts.shell.openExternal(address).catch(() => onRefused(`The system has nothing that opens ${named(address)}`))
  }
}

function named(address: string): string {
  return address.slice(0, 200)
}

/** The one thing a page may do beyond showing itself: copy, at a click (point 5). Electron allows everything when nobody is asked. */
const allowedPermission = 'clipboard-sanitized-write'

export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, callback, { requestingUrl }) => {
    callback(permission === allowedPermission && isOwnAddress(requestingUrl))
  })
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => permission === allowedPermission && isOwnAddress(origin),
  )
  session.setDevicePermissionHandler(() => false)
}
