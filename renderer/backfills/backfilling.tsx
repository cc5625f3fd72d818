import { createContext, lazy, type ReactNode, Suspense, use, useMemo, useState } from 'react'
import type { JsonObject } from '../../shared/domain.ts'

const BackfillDialog = lazy(() => import('./backfill-dialog.tsx').then((part) => ({ default: part.BackfillDialog })))

/** What the form starts from. */
export interface BackfillOf {
  readonly brandId: string
  readonly brandName: string
  readonly jobType: string
  /** The job by whose rules its runs go; null = the schedule of the brand, if there is one. */
  readonly likeJobId: string | null
  /** Of the job; what it says of days counts for nothing. */
  readonly parameters: JsonObject
}

const BackfillingContext = createContext<((asked: BackfillOf) => void) | null>(null)

/** Lets a drawer, a menu or the palette offer "Backfill…": the form outlives what it was asked for in. */
export function BackfillingProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<BackfillOf | null>(null)
  const open = useMemo(() => (next: BackfillOf) => setAsked(next), [])
  return (
    <BackfillingContext value={open}>
      {children}
      {asked !== null && (
        <Suspense fallback={null}>
          <BackfillDialog asked={asked} onClose={() => setAsked(null)} />
        </Suspense>
      )}
    </BackfillingContext>
  )
}

/** Opens the form for a backfill. */
export function useBackfilling(): (asked: BackfillOf) => void {
  const open = use(BackfillingContext)
  if (open === null) throw new Error('Used outside of BackfillingProvider.')
  return open
}
