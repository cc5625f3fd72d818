/** Finds a Chromium for the browser tests, and installs one where it may. Run before them: `node scripts/browser.ts`. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chromium } from '@playwright/test'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable']

export interface Browser {
  /** Undefined where Playwright's own is installed. */
  readonly path: string | undefined
}

/** Null = there is none. `CHROMIUM_PATH` decides when it is set. @throws Error when it names no file. */
export function findChromium(): Browser | null {
  const named = process.env['CHROMIUM_PATH']
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) throw new Error(`CHROMIUM_PATH names no file: ${named}`)
    return { path: named }
  }
  if (existsSync(chromium.executablePath())) return { path: undefined }
  const path = places.find((place) => existsSync(place))
  return path === undefined ? null : { path }
}

function run(command: string, ...args: string[]): boolean {
  console.log(`$ ${command} ${args.join(' ')}`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return (
    spawnSync(command, args, { stdio: 'inherit', env: environment, shell: process.platform === 'win32' }).status === 0
  )
}

/** Debian has a real package; Ubuntu's is a stub. Only root may install it. */
function installFromDebian(): boolean {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  if (process.getuid?.() !== 0 || !/^ID=debian$/m.test(release)) return false
  const install = (): boolean => run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium')
  return install() || (run('apt-get', 'update', '-qq') && install())
}

if (import.meta.main && findChromium() === null) {
  if (!installFromDebian()) run('npx', 'playwright', 'install', 'chromium')
  if (findChromium() === null) {
    console.error(
      'There is no Chromium for the browser tests. Install one ("apt-get install chromium" or "npx playwright install',
    )
    console.error('chromium"), or name one with CHROMIUM_PATH.')
    process.exitCode = 1
  }
}
