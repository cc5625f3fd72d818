import type { BrowserWindow } from 'electron'
import type { Clock } from '../shared/clock.ts'
import { channels } from '../shared/desktop/bridge.ts'
import { describeError } from '../shared/errors.ts'
import { placeAddress } from './app-origin.ts'
import { safePreferences } from './hardening.ts'
import type { KeptFile } from './kept-file.ts'
import type { ElectronParts } from './parts.ts'
import { boundsFor, smallestSize, type WindowState } from './window-state.ts'

export interface ConsoleWindowOptions {
  readonly parts: Pick<ElectronParts, 'BrowserWindow' | 'screen' | 'nativeTheme'>
  /** Path of the bundled preload. */
  readonly preload: string
  readonly icon: string
  readonly state: KeptFile<WindowState>
  /** Asked when the window is to be closed: whether it should be hidden instead. */
  readonly hidesOnClose: () => boolean
  /** Asked once it is hidden: whether there is a tray to come back from. A window that hides where there is none is gone. */
  readonly hasTray: () => Promise<boolean>
  /** It is gone. */
  readonly onClosed: () => void
  readonly clock: Clock
  readonly onTrouble: (message: string) => void
}

/** A page that dies again within this time dies of itself, ms. */
const atOnceMs = 60_000

/** The one window of the console, made when it is wanted. */
export class ConsoleWindow {
  readonly #options: ConsoleWindowOptions
  #window: BrowserWindow | null = null
  /** The page listens to places from its first load on; before that, the place is part of its address. */
  #isLoaded = false
  /** Who opens it while it is hidden wants it to stay. */
  #openings = 0

  constructor(options: ConsoleWindowOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#window !== null
  }

  /** Shows the window, at this place when one is given; null leaves it where it is. */
  open(place: string | null): void {
    this.#openings += 1
    const window = this.#window
    if (window === null) return this.#create(place ?? '/')
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
    if (place === null) return
    if (this.#isLoaded) window.webContents.send(channels.open, place)
    else this.#load(window, place)
  }

  /** From the menu: the page anew. */
  reload(): void {
    this.#window?.webContents.reload()
  }

  #create(place: string): void {
    const { parts, preload, icon, state } = this.#options
    const window = new parts.BrowserWindow({
      ...boundsFor(
        state.value,
        parts.screen.getAllDisplays().map(({ workArea }) => workArea),
      ),
      minWidth: smallestSize.width,
      minHeight: smallestSize.height,
      title: 'Pipeline Manager',
      icon,
      show: false,
      // What is seen for the first few milliseconds: the surface of the theme.
      backgroundColor: parts.nativeTheme.shouldUseDarkColors ? '#121417' : '#ffffff',
      webPreferences: safePreferences(preload),
    })
    this.#window = window
    this.#isLoaded = false
    if (state.value.isMaximized) window.maximize()
    window.once('ready-to-show', () => window.show())
    window.webContents.on('did-finish-load', () => {
      this.#isLoaded = true
    })
    window.on('close', (event) => {
      this.#remember(window)
      if (!this.#options.hidesOnClose()) return
      event.preventDefault()
      window.hide()
      void this.#stayHidden(window)
    })
    window.on('closed', () => {
      this.#window = null
      this.#options.onClosed()
    })
    this.#survive(window)
    this.#load(window, place)
  }

  async #stayHidden(window: BrowserWindow): Promise<void> {
    const openings = this.#openings
    if (await this.#options.hasTray()) return
    if (this.#window === window && this.#openings === openings) window.destroy()
  }

  /** One that another navigation overtakes is no trouble. */
  #load(window: BrowserWindow, place: string): void {
    window.loadURL(placeAddress(place)).catch((error: unknown) => {
      const message = describeError(error)
      if (!message.includes('ERR_ABORTED')) this.#options.onTrouble(`The console did not load: ${message}`)
    })
  }

  #remember(window: BrowserWindow): void {
    try {
      this.#options.state.write({ bounds: window.getNormalBounds(), isMaximized: window.isMaximized() })
    } catch {
      // Where the window was is not worth a word.
    }
  }

  /** A page that died is loaded once more; one that dies again at once is left alone, so that it does not go on for ever. */
  #survive(window: BrowserWindow): void {
    let diedAt = Number.NEGATIVE_INFINITY
    window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      this.#options.onTrouble(`The page ended: ${reason} (${exitCode}).`)
      if (reason === 'clean-exit') return
      const now = this.#options.clock.monotonic()
      const isAgainAtOnce = now - diedAt < atOnceMs
      diedAt = now
      this.#isLoaded = false
      if (isAgainAtOnce) window.destroy()
      else window.webContents.reload()
    })
    window.webContents.on('unresponsive', () => this.#options.onTrouble('The page does not answer.'))
  }
}
