import type { Environment } from '../agent/config.ts'

export interface StartFacts {
  readonly platform: NodeJS.Platform
  /** Null on Windows. */
  readonly userId: number | null
  readonly environment: Environment
  /** Of Electron, when it is installed with its binary; null otherwise. */
  readonly electron: string | null
  /** After `npm start --`. */
  readonly given: readonly string[]
}

export type StartMode =
  | { readonly mode: 'desktop'; readonly program: string; readonly words: string }
  | { readonly mode: 'headless'; readonly words: string }

/** What `npm start` opens, and why, with how to get the other: the desktop where it can be shown, else the headless agent and its console. */
export function startMode(facts: StartFacts): StartMode {
  const { electron } = facts
  const reason = whyHeadless(facts)
  if (reason === null && electron !== null) {
    const words = 'Opening the desktop. Without it: npm start -- --headless'
    return { mode: 'desktop', program: electron, words }
  }
  return {
    mode: 'headless',
    words: `No desktop: ${reason ?? noBinary} The console is in your browser, by the link below.`,
  }
}

const noBinary = 'there is no Electron binary here ("npx install-electron" gets one).'

function whyHeadless({ platform, userId, environment, electron, given }: StartFacts): string | null {
  const isOn = /^(1|true|yes|on)$/i
  if (given.includes('--headless') || isOn.test(environment['PIPELINE_MANAGER_HEADLESS'] ?? ''))
    return 'the headless agent was asked for.'
  if (given.length > 0) return 'flags are for the headless agent; the desktop has its own settings.'
  if (electron === null) return noBinary
  if (platform === 'linux' && !environment['DISPLAY'] && !environment['WAYLAND_DISPLAY'])
    return 'there is no display (DISPLAY and WAYLAND_DISPLAY are not set).'
  if (platform === 'linux' && userId === 0) return 'root has no sandbox in Electron; start it as a user.'
  return null
}
