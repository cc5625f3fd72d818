import { useMay } from '../client/context.tsx'
import { useConnection } from '../client/live.tsx'

/** Why nothing can be started, stopped or changed now; null when it can. Said by every button that would. */
export function useWhyNot(scope: 'operate' | 'admin' = 'operate'): string | null {
  const may = useMay(scope)
  const connection = useConnection()
  if (!may) return `You may only read here; this takes the scope "${scope}".`
  if (connection.state === 'offline') {
    return `The database does not answer: ${connection.database.reason ?? 'it has not been reached yet.'}`
  }
  if (connection.state === 'limited') return connection.database.reason ?? 'The database takes no changes.'
  return null
}
