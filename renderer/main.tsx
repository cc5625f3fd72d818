import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '@fontsource-variable/inter/index.css'
import './theme/tokens.css'
import { type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { systemClock } from '../shared/clock.ts'
import { Console } from './app/console.tsx'
import { fetchPageOf } from './app/pages.ts'
import { httpDoor } from './client/door.ts'
import { connectDesktop, findBridge } from './desktop/bridge.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element with the id "root".')
const page = createRoot(root)

fetchPageOf(window.location.pathname)

function show(console: ReactNode): void {
  page.render(<StrictMode>{console}</StrictMode>)
}

/** Inside the desktop there is more to say; a browser does not load it. */
const bridge = findBridge()
if (bridge === null) show(<Console door={httpDoor(window.location.origin)} clock={systemClock} />)
else {
  void Promise.all([import('./desktop/desktop-console.tsx'), connectDesktop(bridge)]).then(
    ([{ DesktopConsole }, client]) => show(<DesktopConsole bridge={bridge} client={client} />),
  )
}
