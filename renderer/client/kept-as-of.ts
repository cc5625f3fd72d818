import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { useKept } from './context.tsx'

/** What could not be answered in time is asked again, ms; after an outage the agent says itself that all is to be asked. */
const againMs = 10_000

/** As of when the oldest answer on screen was true, where the agent had to give one that it had kept; null otherwise. */
export function useKeptAsOf(): Date | null {
  const kept = useKept()
  const cache = useQueryClient()
  useSyncExternalStore(kept.subscribe, kept.version)
  return kept.oldestOnScreen(cache.getQueryCache())
}

/** Asks again what was too slow to be answered, while the database is there. */
export function useAskKeptAgain(isDatabaseThere: boolean): void {
  const kept = useKept()
  const cache = useQueryClient()
  useEffect(() => {
    if (!isDatabaseThere) return undefined
    const isKept = ({ queryHash }: { queryHash: string }): boolean => kept.has(queryHash)
    const timer = setInterval(
      () => void cache.invalidateQueries({ predicate: isKept }, { cancelRefetch: false }),
      againMs,
    )
    return () => clearInterval(timer)
  }, [isDatabaseThere, kept, cache])
}
