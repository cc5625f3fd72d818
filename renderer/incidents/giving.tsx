import { createContext, lazy, type ReactNode, Suspense, use, useMemo, useState } from 'react'
import type { IncidentView } from '../../shared/contract/incidents.ts'

const GiveDialog = lazy(() => import('./give-dialog.tsx').then((part) => ({ default: part.GiveDialog })))

const GivingContext = createContext<((incident: IncidentView) => void) | null>(null)

/** Lets a row or the palette offer "Give to…": the form outlives the menu it was asked for in. */
export function GivingProvider({ children }: { children: ReactNode }) {
  const [incident, setIncident] = useState<IncidentView | null>(null)
  const open = useMemo(() => (next: IncidentView) => setIncident(next), [])
  return (
    <GivingContext value={open}>
      {children}
      {incident !== null && (
        <Suspense fallback={null}>
          <GiveDialog incident={incident} onClose={() => setIncident(null)} />
        </Suspense>
      )}
    </GivingContext>
  )
}

/** Asks to whom an incident is given. */
export function useGiving(): (incident: IncidentView) => void {
  const open = use(GivingContext)
  if (open === null) throw new Error('Used outside of GivingProvider.')
  return open
}
