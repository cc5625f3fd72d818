import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { systemClock } from '../../shared/clock.ts'
import type { DesktopBridge } from '../../shared/desktop/bridge.ts'
import { Console } from '../app/console.tsx'
import { PreferencesProvider } from '../app/preferences.tsx'
import { StartingUp } from '../app/starting-up.tsx'
import { type Door, portDoor } from '../client/door.ts'
import { createQueryClient } from '../client/queries.ts'
import { theme } from '../theme/theme.ts'
import { type DesktopClient, openPort } from './bridge.ts'
import { DesktopProvider, useDesktop } from './desktop-context.tsx'
import { SetupPage } from './setup-page.tsx'
import { StartFailure } from './start-failure.tsx'

/** The console inside the desktop: what the desktop has to say first, then the console over a port of its own. */
export function DesktopConsole({ bridge, client }: { bridge: DesktopBridge; client: DesktopClient }) {
  const [cache] = useState(createQueryClient)
  useEffect(() => bridge.onOpen((place) => navigate(place)), [bridge])
  return (
    <QueryClientProvider client={cache}>
      <DesktopProvider client={client}>
        <Stage bridge={bridge} />
      </DesktopProvider>
    </QueryClientProvider>
  )
}

function Stage({ bridge }: { bridge: DesktopBridge }) {
  const desktop = useDesktop()
  const state = desktop?.status.agent ?? 'starting'
  const generation = desktop?.status.generation ?? 0
  if (state === 'serving') return <ServedConsole key={generation} bridge={bridge} />
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <PreferencesProvider>
        <Notifications position="bottom-left" limit={4} zIndex={300} />
      </PreferencesProvider>
      {state === 'setup' && <SetupPage />}
      {state === 'failed' && <StartFailure />}
      {(state === 'starting' || state === 'stopping') && (
        <StartingUp
          reason={state === 'starting' ? 'The agent of this device is starting.' : 'The agent is stopping.'}
        />
      )}
    </MantineProvider>
  )
}

/** One agent's console: another agent gets another one, with nothing of before in it. */
function ServedConsole({ bridge }: { bridge: DesktopBridge }) {
  const door = useDoor(bridge)
  const [cache] = useState(createQueryClient)
  return door === null ? null : <Console door={door} clock={systemClock} cache={cache} />
}

/** Null until the port is there; a port that closes is asked for anew. */
function useDoor(bridge: DesktopBridge): Door | null {
  const [door, setDoor] = useState<Door | null>(null)
  useEffect(() => {
    let isWanted = true
    let opened: MessagePort | null = null
    const open = async (): Promise<void> => {
      const port = await openPort(bridge, 'console')
      if (!isWanted) return port.close()
      opened = port
      port.addEventListener('close', () => isWanted && void open())
      setDoor(portDoor(port))
    }
    void open()
    return () => {
      isWanted = false
      opened?.close()
    }
  }, [bridge])
  return door
}
