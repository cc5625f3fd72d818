/** Moving and selecting in a grid, as pure functions: positions count from 0. */
export interface Place {
  readonly row: number
  readonly column: number
}

export interface GridSize {
  readonly rows: number
  readonly columns: number
  /** How many rows a page key moves. */
  readonly page: number
}

const moves: Readonly<Record<string, ((at: Place, size: GridSize) => Place) | undefined>> = {
  ArrowUp: ({ row, column }) => ({ row: row - 1, column }),
  k: ({ row, column }) => ({ row: row - 1, column }),
  ArrowDown: ({ row, column }) => ({ row: row + 1, column }),
  j: ({ row, column }) => ({ row: row + 1, column }),
  ArrowLeft: ({ row, column }) => ({ row, column: column - 1 }),
  ArrowRight: ({ row, column }) => ({ row, column: column + 1 }),
  PageUp: ({ row, column }, { page }) => ({ row: row - page, column }),
  PageDown: ({ row, column }, { page }) => ({ row: row + page, column }),
  Home: ({ row }) => ({ row, column: 0 }),
  End: ({ row }, { columns }) => ({ row, column: columns - 1 }),
}

/** Where a key leads to, inside the grid; null when it does not move. With Mod, Home and End lead to the first and last row. */
export function moved(key: string, at: Place, size: GridSize, isMod: boolean): Place | null {
  if (isMod && key === 'Home') return { row: 0, column: 0 }
  if (isMod && key === 'End') return { row: size.rows - 1, column: size.columns - 1 }
  const to = isMod ? undefined : moves[key]?.(at, size)
  return to === undefined ? null : clamped(to, size)
}

export function clamped({ row, column }: Place, { rows, columns }: Pick<GridSize, 'rows' | 'columns'>): Place {
  return { row: Math.max(0, Math.min(row, rows - 1)), column: Math.max(0, Math.min(column, columns - 1)) }
}

/** Every place of the rectangle between two corners, both included. */
export function rectangle(from: Place, to: Place): Place[] {
  const places: Place[] = []
  for (let row = Math.min(from.row, to.row); row <= Math.max(from.row, to.row); row += 1) {
    for (let column = Math.min(from.column, to.column); column <= Math.max(from.column, to.column); column += 1) {
      places.push({ row, column })
    }
  }
  return places
}
