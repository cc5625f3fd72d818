import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '@fontsource-variable/inter/index.css'
import './theme/tokens.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { systemClock } from '../shared/clock.ts'
import { Console } from './app/console.tsx'
import { fetchPageOf } from './app/pages.ts'
import { httpDoor } from './client/door.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element with the id "root".')

fetchPageOf(window.location.pathname)
createRoot(root).render(
  <StrictMode>
    <Console door={httpDoor(window.location.origin)} clock={systemClock} />
  </StrictMode>,
)
