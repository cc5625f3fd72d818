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
  const url = URL.parse(address)
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '') return false
  return knownHosts.has(url.hostname) && url.port === ''
}

export interface HardeningOptions {
  readonly parts: Pick<ElectronParts, 'app' | 'shell'>
  readonly onRefused: (what: string) => void
}

/** Whatever page there will ever be stays where it is, opens nothing and holds no other page (points 11 to 15). */
export function hardenPages({ parts: { app, shell }, onRefused }: HardeningOptions): void {
  app.on('web-contents-created', (_event, contents) => {
    hardenPage(contents, (address) => {
      const named = address.slice(0, 200)
      if (!isKnownLink(address)) return onRefused(`A page wanted to open ${named}`)
      shell.openExternal(address).catch(() => onRefused(`The system has nothing that opens ${named}`))
    })
  })
}

function hardenPage(contents: WebContents, openOutside: (address: string) => void): void {
  contents.on('will-attach-webview', (event) => event.preventDefault())
  const stay = (event: { readonly url: string; preventDefault(): void }): void => {
    if (isOwnAddress(event.url)) return
    event.preventDefault()
    openOutside(event.url)
  }
  contents.on('will-navigate', stay)
  contents.on('will-frame-navigate', stay)
  contents.on('will-redirect', stay)
  contents.setWindowOpenHandler(({ url }) => {
    openOutside(url)
    return { action: 'deny' }
  })
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
