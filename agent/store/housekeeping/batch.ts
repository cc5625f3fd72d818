/** Where the next batch goes on: the last row that was looked at, as its two ordering values in text, whole to the microsecond. */
export type Place = readonly [first: string, second: string]

/** Before every row that is ordered by an instant and an id. */
export const beforeAll: Place = ['-infinity', '00000000-0000-0000-0000-000000000000']

/** One bounded statement. */
export interface BatchRequest {
  /** Null = from the beginning. */
  readonly after: Place | null
  /** Rows looked at, at most. */
  readonly limit: number
  /** Rows of children removed, at most; with more, the same place comes again. */
  readonly mostRows: number
  /** False: only walk over them. */
  readonly removes: boolean
}

export interface Batch {
  /** Table → rows removed. */
  readonly removed: Readonly<Record<string, number>>
  /** Where to go on; null: at the beginning. */
  readonly next: Place | null
  /** Nothing is left to be looked at. */
  readonly isLast: boolean
}

/** What the statements answer beside their counts. */
export interface BatchRow {
  /** Rows looked at. */
  readonly looked: number
  /** The ordering values of the last of them; null without any. */
  readonly first: string | null
  readonly second: string | null
  /** More was found than may be removed at once. */
  readonly again: boolean
}

/** How far a batch came. */
export function progress(row: BatchRow, { after, limit }: BatchRequest): Pick<Batch, 'next' | 'isLast'> {
  const { looked, first, second, again } = row
  if (again || first === null || second === null) return { next: after, isLast: !again }
  return { next: [first, second], isLast: looked < limit }
}
