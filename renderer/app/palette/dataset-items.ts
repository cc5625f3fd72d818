import { useQuery } from '@tanstack/react-query'
import { cellOf } from '../../board/board.ts'
import { type Board, useBoard } from '../../board/use-board.ts'
import { useQueries } from '../../client/context.tsx'
import { useBrandName, useOrganization } from '../organization.ts'
import { openedText, pagePath, useBrandId } from '../places.ts'
import { useGoing } from './going.ts'
import type { PaletteItem } from './ranking.ts'

/** So many are ranked at most: of a thousand brands each may have what was typed. */
export const mostFound = 200

export interface FoundDataset {
  readonly brandId: string
  readonly brandName: string
  readonly dataset: string
  readonly label: string
}

/** Datasets of the brand that the page is narrowed to; of all brands once something is typed. */
export function useDatasetItems(text: string): PaletteItem[] {
  const going = useGoing()
  const { id } = useOrganization()
  const ofBrand = useDatasetsOfBrand()
  const ofAll = useDatasetsOfAll(text)
  return [...ofBrand, ...ofAll].map(({ brandId, brandName, dataset, label }) =>
    going({
      id: `dataset ${brandId} ${dataset}`,
      label,
      kind: `Dataset of ${brandName}`,
      path: pagePath(id, 'health', { brand: brandId, open: openedText({ kind: 'dataset', brandId, dataset }) }),
    }),
  )
}

function useDatasetsOfBrand(): FoundDataset[] {
  const { hasSection } = useOrganization()
  const [brandId] = useBrandId()
  const name = useBrandName()
  const { data } = useQuery(
    useQueries().freshness.brand.queryOptions({
      input: { brandId: brandId ?? '' },
      enabled: hasSection && brandId !== null,
    }),
  )
  if (brandId === null) return []
  return (data?.datasets ?? []).map(({ dataset, label }) => ({
    brandId,
    brandName: name ?? 'this brand',
    dataset,
    label,
  }))
}

function useDatasetsOfAll(text: string): FoundDataset[] {
  const { hasSection } = useOrganization()
  const [brandId] = useBrandId()
  const isWanted = hasSection && brandId === null && text.trim() !== ''
  const { data } = useBoard({ isWanted })
  return isWanted && data !== undefined ? datasetsNamed(text, data) : []
}

/** Those whose label, or whose label and brand together, have every word; at least one word is of the dataset itself. */
export function datasetsNamed(text: string, { brands, datasets }: Pick<Board, 'brands' | 'datasets'>): FoundDataset[] {
  const words = text
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const found: FoundDataset[] = []
  const named = brands.map((brand) => ({ brand, name: brand.name.toLocaleLowerCase() }))
  for (const [position, { key, label }] of datasets.entries()) {
    const name = label.toLocaleLowerCase()
    const others = words.filter((word) => !name.includes(word))
    if (others.length === words.length) continue
    for (const { brand, name: brandName } of named) {
      if (found.length === mostFound) return found
      if (!others.every((word) => brandName.includes(word))) continue
      if (cellOf(brand.cells.charAt(position)) === null) continue
      found.push({ brandId: brand.id, brandName: brand.name, dataset: key, label })
    }
  }
  return found
}
