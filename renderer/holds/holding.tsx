import { createContext, lazy, type ReactNode, Suspense, use, useMemo, useState } from 'react'
import type { HoldView } from '../../shared/contract/holds.ts'

const HoldDialog = lazy(() => import('./hold-dialog.tsx').then((part) => ({ default: part.HoldDialog })))

/** A new hold, filled in so far, or one whose end is to be moved. */
export type HoldAsked =
  | { readonly brandId: string | null; readonly jobType: string | null }
  | { readonly changed: HoldView }

const HoldingContext = createContext<((asked: HoldAsked) => void) | null>(null)

/** Lets a page, a banner or the palette offer "Hold…": the form outlives what it was asked for in. */
export function HoldingProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<HoldAsked | null>(null)
  const open = useMemo(() => (next: HoldAsked) => setAsked(next), [])
  return (
    <HoldingContext value={open}>
      {children}
      {asked !== null && (
        <Suspense fallback={null}>
          <HoldDialog asked={asked} onClose={() => setAsked(null)} />
        </Suspense>
      )}
    </HoldingContext>
  )
}

/** Opens the form for a hold. */
export function useHolding(): (asked: HoldAsked) => void {
  const open = use(HoldingContext)
  if (open === null) throw new Error('Used outside of HoldingProvider.')
  return open
}
