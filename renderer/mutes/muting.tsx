import { createContext, lazy, type ReactNode, Suspense, use, useMemo, useState } from 'react'
import type { MuteScope } from './mute-scope.ts'

const MuteDialog = lazy(() => import('./mute-dialog.tsx').then((part) => ({ default: part.MuteDialog })))

const MutingContext = createContext<((scope: MuteScope) => void) | null>(null)

/** Lets a row, a drawer or a bar offer "Mute…": the form outlives the menu it was asked for in. */
export function MutingProvider({ children }: { children: ReactNode }) {
  const [scope, setScope] = useState<MuteScope | null>(null)
  const open = useMemo(() => (next: MuteScope) => setScope(next), [])
  return (
    <MutingContext value={open}>
      {children}
      {scope !== null && (
        <Suspense fallback={null}>
          <MuteDialog scope={scope} onClose={() => setScope(null)} />
        </Suspense>
      )}
    </MutingContext>
  )
}

/** Opens the form for a rule, filled in so far. */
export function useMuting(): (scope: MuteScope) => void {
  const open = use(MutingContext)
  if (open === null) throw new Error('Used outside of MutingProvider.')
  return open
}
