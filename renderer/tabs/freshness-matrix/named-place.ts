import type { BoardView } from '../../board/board.ts'
import type { Place } from './grid-keys.ts'

/** A place by what stands there: rows and columns move when the order or the filters change, and whoever is there moves along. */
export interface NamedPlace {
  /** Null where there was nothing. */
  readonly brandId: string | null
  readonly dataset: string | null
  /** Where that was, for when it has gone. */
  readonly was: Place
}

export function named({ brands, datasets }: BoardView, place: Place): NamedPlace {
  return { brandId: brands[place.row]?.id ?? null, dataset: datasets[place.column]?.key ?? null, was: place }
}

/** Where it is now; of what has gone, where it was. */
export function placeNow({ brands, datasets }: BoardView, { brandId, dataset, was }: NamedPlace): Place {
  const row = brands[was.row]?.id === brandId ? was.row : brands.findIndex(({ id }) => id === brandId)
  const column = datasets.findIndex(({ key }) => key === dataset)
  return { row: row === -1 ? was.row : row, column: column === -1 ? was.column : column }
}
