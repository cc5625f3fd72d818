import { IconChevronRight } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useRef, useState } from 'react'
import { type BoardBrand, type BoardDataset, type CellFilter, countCells } from '../../board/board.ts'
import { FreshnessStrip } from '../../components/freshness-strip.tsx'
import type { Hand } from '../../components/held-order.ts'
import { Name } from '../../components/untrusted.tsx'
import { brandInWords } from './answer.ts'
import { BrandCards } from './brand-cards.tsx'
import classes from './health.module.css'
import { useOpenedBrands } from './opened-brands.ts'

export interface BrandListProps {
  readonly area: Hand['area']
  /** Worst first, or as they were when the hand came. */
  readonly brands: readonly BoardBrand[]
  readonly datasets: readonly BoardDataset[]
  readonly states: readonly CellFilter[]
  readonly text: string
  /** Whether nothing may change its place now. */
  readonly isHeld: boolean
}

/** A row for each brand, which opens into its cards. Virtualised, so a thousand brands are as quick as one. */
export function BrandList({ area, brands, datasets, states, text, isHeld }: BrandListProps) {
  const scroller = useRef<HTMLDivElement>(null)
  // With a few brands, the worst one is what everybody came for.
  const [usual] = useState(() => brands.slice(0, 1).map(({ id }) => id))
  const { opened: byHand, toggle } = useOpenedBrands()
  const opened = new Set(byHand ?? usual)
  const rows = useVirtualizer({
    count: brands.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (opened.has(brands[index]?.id ?? '') ? 520 : 45),
    getItemKey: (index) => brands[index]?.id ?? index,
    overscan: 6,
  })
  return (
    <div {...area} className={classes['area']}>
      <div ref={scroller} className={classes['scroller']} data-scroll-place>
        <ul className={classes['brands']} style={{ height: rows.getTotalSize() }} aria-label="Brands, worst first">
          {rows.getVirtualItems().map(({ index, start, key }) => {
            const brand = brands[index]
            if (brand === undefined) return null
            const isOpen = opened.has(brand.id)
            return (
              <li
                key={key}
                ref={rows.measureElement}
                data-index={index}
                className={classes['brandItem']}
                style={{ transform: `translateY(${start}px)` }}
                aria-setsize={brands.length}
                aria-posinset={index + 1}
              >
                <BrandRow brand={brand} datasets={datasets} isOpen={isOpen} usual={usual} onToggle={toggle} />
                {isOpen && <BrandCards brandId={brand.id} states={states} text={text} isHeld={isHeld} />}
              </li>
            )
          })}
        </ul>
      </div>
    </div>
  )
}

interface BrandRowProps {
  readonly brand: BoardBrand
  readonly datasets: readonly BoardDataset[]
  readonly isOpen: boolean
  readonly usual: readonly string[]
  readonly onToggle: (id: string, usual: readonly string[]) => void
}

const BrandRow = memo(function BrandRow({ brand, datasets, isOpen, usual, onToggle }: BrandRowProps) {
  return (
    <button
      type="button"
      className={classes['brandRow']}
      aria-expanded={isOpen}
      onClick={() => onToggle(brand.id, usual)}
    >
      <IconChevronRight size={14} className={classes['chevron']} data-open={isOpen || undefined} aria-hidden />
      <span className={classes['brandName']}>
        <Name text={brand.name} />
      </span>
      <FreshnessStrip cells={brand.cells} datasets={datasets} />
      <span className={classes['brandWords']}>{brandInWords(countCells([brand]))}</span>
    </button>
  )
})
