import { type QueryKey, useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, use, useMemo } from 'react'
import type { DesktopStatus } from '../../shared/desktop/contract.ts'
import type { DesktopClient } from './bridge.ts'

export interface DesktopAround {
  readonly client: DesktopClient
  readonly status: DesktopStatus
  /** What a call has just answered. */
  readonly take: (status: DesktopStatus) => void
  readonly refresh: () => void
}

const DesktopContext = createContext<DesktopAround | null>(null)

/** Null in a browser. */
export function useDesktop(): DesktopAround | null {
  return use(DesktopContext)
}

export const statusKey: QueryKey = ['desktop', 'status']

/** How soon the next look at the desktop is, ms: while the agent starts or stops somebody waits for it. */
const lookMs = { changing: 300, steady: 5_000 } as const

/** Asks the desktop how it is, now and then. Nothing is shown before it has answered once. */
export function DesktopProvider({ client, children }: { client: DesktopClient; children: ReactNode }) {
  const cache = useQueryClient()
  const { data } = useQuery({
    queryKey: statusKey,
    queryFn: () => client.status(),
    refetchInterval: ({ state }) => {
      const agent = state.data?.agent
      return agent === 'starting' || agent === 'stopping' ? lookMs.changing : lookMs.steady
    },
    refetchIntervalInBackground: true,
  })
  const value = useMemo((): DesktopAround | null => {
    if (data === undefined) return null
    return {
      client,
      status: data,
      take: (status) => cache.setQueryData(statusKey, status),
      refresh: () => void cache.invalidateQueries({ queryKey: statusKey }),
    }
  }, [client, data, cache])
  return value === null ? null : <DesktopContext value={value}>{children}</DesktopContext>
}
