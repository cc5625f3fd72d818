import { useMay } from '../client/context.tsx'
import { useConnection } from '../client/live.tsx'

/** Why nothing can be started, stopped or changed now; null when it can. Said by every button that would. */
export function useWhyNot(scope: 'operate' | 'admin' = 'operate'): string | null {
  const may = useMay(scope)
  const connection = useConnection()
  if (!may) return `You may only read here; this takes the scope "${scope}".`
  if ('database' in connection) return connection.database.reason ?? 'The database does not answer.'
  return null
}
