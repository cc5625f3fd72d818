import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query'
import type { Clock } from '../../shared/clock.ts'
import { ClientProvider } from '../client/context.tsx'
import type { Door } from '../client/door.ts'
import { DatabaseClockProvider } from '../client/now.tsx'
import { theme } from '../theme/theme.ts'
import { Gate } from './gate.tsx'
import { PreferencesProvider } from './preferences.tsx'
import { Routes } from './routes.tsx'

/** The whole console. It does not know which door it goes through, nor what it runs in. */
export function Console({ door, clock, cache }: { door: Door; clock: Clock; cache: QueryClient }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={cache}>
        <ClientProvider {...door} clock={clock}>
          <DatabaseClockProvider>
            <PreferencesProvider>
              <Notifications position="bottom-left" limit={4} zIndex={300} />
              <Gate>
                <Routes />
              </Gate>
            </PreferencesProvider>
          </DatabaseClockProvider>
        </ClientProvider>
      </QueryClientProvider>
    </MantineProvider>
  )
}
