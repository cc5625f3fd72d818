import './theme/mantine.css'
import '@mantine/notifications/styles.css'
import '@fontsource-variable/inter/index.css'
import './theme/mono.css'
import './theme/tokens.css'
import { type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { systemClock } from '../shared/clock.ts'
import { askAhead } from './app/ask-ahead.ts'
import { Console } from './app/console.tsx'
import { httpDoor } from './client/door.ts'
import { createQueries, createQueryClient } from './client/queries.ts'
import { connectDesktop, findBridge } from './desktop/bridge.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element with the id "root".')
const page = createRoot(root)

function show(console: ReactNode): void {
  page.render(<StrictMode>{console}</StrictMode>)
}

/** Inside the desktop there is more to say; a browser does not load it. */
const bridge = findBridge()
if (bridge === null) {
  const door = httpDoor(window.location.origin)
  const cache = createQueryClient()
  askAhead({ client: door.client, queries: createQueries(door.client), cache }, new URL(window.location.href))
  show(<Console door={door} clock={systemClock} cache={cache} />)
} else {
  void Promise.all([import('./desktop/desktop-console.tsx'), connectDesktop(bridge)]).then(
    ([{ DesktopConsole }, client]) => show(<DesktopConsole bridge={bridge} client={client} />),
  )
}
