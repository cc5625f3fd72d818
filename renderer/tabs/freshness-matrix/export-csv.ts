import type { BoardView } from '../../board/board.ts'
import { cellOf } from '../../board/board.ts'
import { csvRow } from '../../components/csv.ts'

/** One line per cell of what is shown: brand, dataset, both facts. RFC 4180, with cells that a spreadsheet would compute made harmless. */
export function matrixCsv({ brands, datasets, positions }: BoardView): string {
  const rows = brands.flatMap((brand) =>
    datasets.flatMap((dataset, index) => {
      const cell = cellOf(brand.cells.charAt(positions[index] ?? -1))
      if (cell === null) return []
      return [
        csvRow([
          brand.name,
          brand.id,
          dataset.label,
          dataset.key,
          cell.freshness,
          cell.lastAttempt,
          String(cell.suspicious),
        ]),
      ]
    }),
  )
  return [
    csvRow(['brand', 'brand_id', 'dataset', 'dataset_key', 'freshness', 'last_attempt', 'suspicious']),
    ...rows,
  ].join('')
}
