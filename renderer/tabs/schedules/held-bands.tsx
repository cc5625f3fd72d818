import { useStoredHolds } from '../../holds/use-holds.ts'
import classes from './lane-chart.module.css'
import type { Span } from './lanes.ts'

/** When nothing of a brand starts, behind its planned runs; lighter where only one job type is held. The platform's lane has none (J12). */
export function HeldBands({ brandId, span: { from, until } }: { brandId: string | null; span: Span }) {
  const holds = useStoredHolds()
  if (brandId === null) return null
  const about = holds.filter(({ brand, endedAt }) => endedAt === null && (brand === null || brand.id === brandId))
  return about.map(({ id, jobType, startsAt, endsAt }) => {
    const start = Math.max(startsAt.getTime(), from)
    const end = Math.min(endsAt?.getTime() ?? until, until)
    if (end <= start) return null
    const part = (ms: number): string => `${(ms / (until - from)) * 100}%`
    return (
      <div
        key={id}
        aria-hidden
        className={classes['held']}
        data-of-type={jobType !== null || undefined}
        style={{ left: part(start - from), width: part(end - start) }}
      />
    )
  })
}
