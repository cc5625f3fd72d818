import { useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, use, useMemo } from 'react'
import type { Clock } from '../../shared/clock.ts'
import type { Client, Door } from './door.ts'
import type { KeptAnswers } from './kept.ts'
import { createQueries, type Queries } from './queries.ts'
import { Unanswered } from './unanswered.ts'

interface Connected {
  readonly client: Client
  readonly queries: Queries
  readonly kept: KeptAnswers
  readonly clock: Clock
  readonly unanswered: Unanswered
}

const ConnectedContext = createContext<Connected | null>(null)

/** Gives every component the agent's calls and the clock of this machine. */
export function ClientProvider({ client, kept, clock, children }: Door & { clock: Clock; children: ReactNode }) {
  const value = useMemo(
    () => ({ client, queries: createQueries(client), kept, clock, unanswered: new Unanswered(clock) }),
    [client, kept, clock],
  )
  return <ConnectedContext value={value}>{children}</ConnectedContext>
}

function useConnected(): Connected {
  const value = use(ConnectedContext)
  if (value === null) throw new Error('Used outside of ClientProvider.')
  return value
}

export function useClient(): Client {
  return useConnected().client
}

export function useQueries(): Queries {
  return useConnected().queries
}

/** Which answers are older ones. */
export function useKept(): KeptAnswers {
  return useConnected().kept
}

export function useClock(): Clock {
  return useConnected().clock
}

/** What was asked for and not answered, wherever in the console it was. */
export function useUnanswered(): Unanswered {
  return useConnected().unanswered
}

/** Who I am and what there is; loaded before anything else is shown (app/gate.tsx), so it is always there. */
export function useSession() {
  const { data } = useQuery(useQueries().session.get.queryOptions())
  if (data === undefined) throw new Error('Used before the session was loaded.')
  return data
}

/** Whether I may do what takes this scope; what I may not is shown disabled, with the reason. */
export function useMay(scope: 'operate' | 'admin'): boolean {
  const mine = useSession().scope
  return mine === 'admin' || mine === scope
}
