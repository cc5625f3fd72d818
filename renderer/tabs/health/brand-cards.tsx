import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type CellFilter, matches } from '../../board/board.ts'
import { useQueries } from '../../client/context.tsx'
import { useFollowClock } from '../../client/now.tsx'
import { knownOf } from '../../client/queries.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { Unanswered } from '../../components/failure.tsx'
import { DatasetCard } from './dataset-card.tsx'
import classes from './health.module.css'

export interface BrandCardsProps {
  readonly brandId: string
  /** Only cards in one of these states; none = all. */
  readonly states: readonly CellFilter[]
  readonly text: string
}

/** The datasets of one brand as cards, worst first. */
export function BrandCards({ brandId, states, text }: BrandCardsProps) {
  const brand = useQuery(useQueries().freshness.brand.queryOptions({ input: { brandId } }))
  useFollowClock(brand.data?.asOf)
  const known = knownOf(brand)
  if (known === undefined) {
    return (
      <Unanswered answer={brand}>
        <div className={classes['cards']} aria-hidden>
          {[1, 2, 3].map((one) => (
            <Skeleton key={one} h={220} />
          ))}
        </div>
      </Unanswered>
    )
  }
  const wanted = text.trim().toLocaleLowerCase()
  const isNamed = known.brand.name.toLocaleLowerCase().includes(wanted)
  const shown = known.datasets.filter(
    (facts) =>
      (states.length === 0 || states.some((state) => matches(facts, state))) &&
      (isNamed || facts.label.toLocaleLowerCase().includes(wanted) || facts.dataset.includes(wanted)),
  )
  if (known.datasets.length === 0) {
    return (
      <EmptyState title="No datasets yet">
        This brand has no job that refreshes a dataset, and no program has recorded one. Make a schedule for it.
      </EmptyState>
    )
  }
  if (shown.length === 0) return <EmptyState title="No dataset of this brand matches these filters" />
  return (
    <div className={classes['cards']}>
      {shown.map((facts) => (
        <DatasetCard key={facts.dataset} brand={known.brand} facts={facts} />
      ))}
    </div>
  )
}
