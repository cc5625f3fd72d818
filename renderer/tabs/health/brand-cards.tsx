import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type CellFilter, matches } from '../../board/board.ts'
import { useQueries } from '../../client/context.tsx'
import { useFollowClock } from '../../client/now.tsx'
import { knownOf } from '../../client/queries.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { Unanswered } from '../../components/failure.tsx'
import { useHeldOrder } from '../../components/held-order.ts'
import { type CardFacts, DatasetCard } from './dataset-card.tsx'
import classes from './health.module.css'

export interface BrandCardsProps {
  readonly brandId: string
  /** Only cards in one of these states; none = all. */
  readonly states: readonly CellFilter[]
  readonly text: string
  /** Whether every card stays where it is now. */
  readonly isHeld: boolean
}

/** The datasets of one brand as cards, worst first. */
export function BrandCards({ brandId, states, text, isHeld }: BrandCardsProps) {
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
  if (known.datasets.length === 0) {
    return (
      <EmptyState title="No datasets yet">
        This brand has no job that refreshes a dataset, and no program has recorded one. Make a schedule for it.
      </EmptyState>
    )
  }
  return <Cards brand={known.brand} datasets={known.datasets} states={states} text={text} isHeld={isHeld} />
}

interface CardsProps extends Omit<BrandCardsProps, 'brandId'> {
  readonly brand: { readonly id: string; readonly name: string }
  /** Worst first. */
  readonly datasets: readonly CardFacts[]
}

function Cards({ brand, datasets, states, text, isHeld }: CardsProps) {
  const { name } = brand
  const sorted = useMemo(() => {
    const wanted = text.trim().toLocaleLowerCase()
    const isNamed = name.toLocaleLowerCase().includes(wanted)
    return datasets.filter(
      (facts) =>
        (states.length === 0 || states.some((state) => matches(facts, state))) &&
        (isNamed || facts.label.toLocaleLowerCase().includes(wanted) || facts.dataset.includes(wanted)),
    )
  }, [name, datasets, states, text])
  const about = `${states.join()} ${text}`
  const { rows } = useHeldOrder({ sorted, everything: datasets, idOf: datasetOf, isHeld, about })
  if (rows.length === 0) return <EmptyState title="No dataset of this brand matches these filters" />
  return (
    <div className={classes['cards']}>
      {rows.map((facts) => (
        <DatasetCard key={facts.dataset} brand={brand} facts={facts} />
      ))}
    </div>
  )
}

function datasetOf({ dataset }: CardFacts): string {
  return dataset
}
