import {
  type FocusEventHandler,
  type PointerEventHandler,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'

/** How long after the pointer or the focus has left it still counts as there, ms: a slip over the edge, or a focus on its way. */
const graceMs = 500

export interface Hand {
  /** Whether the pointer or the focus is in the area, or what it has opened on top of itself. */
  readonly isIn: boolean
  /** For the element that is the area. */
  readonly area: {
    readonly ref: (element: HTMLElement | null) => void
    readonly onPointerEnter: PointerEventHandler
    readonly onPointerLeave: PointerEventHandler
    readonly onFocus: FocusEventHandler
    readonly onBlur: FocusEventHandler
  }
}

/** Whether somebody is about to press something in an area. A finger cannot be seen coming: from its first touch on it is there. */
export function useHand(): Hand {
  const [isIn, setIsIn] = useState(false)
  const by = useRef(new Set<'pointer' | 'focus'>())
  const leaving = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(leaving.current), [])
  const come = useCallback((what: 'pointer' | 'focus'): void => {
    by.current.add(what)
    clearTimeout(leaving.current)
    setIsIn(true)
  }, [])
  const go = useCallback((what: 'pointer' | 'focus'): void => {
    by.current.delete(what)
    clearTimeout(leaving.current)
    if (by.current.size === 0) leaving.current = setTimeout(() => setIsIn(false), graceMs)
  }, [])
  const area = useMemo<Hand['area']>(
    () => ({
      // Nobody says that they leave what is taken away.
      ref: (element) => {
        if (element !== null) return
        go('pointer')
        go('focus')
      },
      onPointerEnter: () => come('pointer'),
      onPointerLeave: ({ pointerType }) => {
        if (pointerType === 'mouse') go('pointer')
      },
      onFocus: () => come('focus'),
      onBlur: () => go('focus'),
    }),
    [come, go],
  )
  return { isIn, area }
}

export interface OrderInput<Row> {
  /** As they would stand if nobody were there. The same array while nothing has changed. */
  readonly sorted: readonly Row[]
  /** With those that a filter does not let through. */
  readonly everything: readonly Row[]
  readonly idOf: (row: Row) => string
  readonly isHeld: boolean
  /** The filters and the order asked for: with other ones the rows are sorted anew, held or not. */
  readonly about: string
}

/**
 * Rows that are ordered by what changes by itself, and things to press in them: while the order is held, every row stays where it is, so
 * that a click meets what it was aimed at.
 */
export function useHeldOrder<Row>({ sorted, everything, idOf, isHeld, about }: OrderInput<Row>): {
  readonly rows: readonly Row[]
  /** Whether they stand otherwise than they would if they were not held. */
  readonly isChanged: boolean
  readonly sortNow: () => void
} {
  const [last, setLast] = useState({ about, sorted, rows: sorted })
  const isOther = last.about !== about
  let now = last
  if (isOther || last.sorted !== sorted || (!isHeld && last.rows !== sorted)) {
    const rows = isHeld && !isOther ? inHeldOrder(last.rows, sorted, everything, idOf) : sorted
    now = { about, sorted, rows }
    setLast(now)
  }
  return {
    rows: now.rows,
    isChanged: now.rows !== sorted,
    sortNow: () => setLast({ about, sorted, rows: sorted }),
  }
}

/**
 * The rows that were there, in the order they had, as they are now: also those that the filters no longer let through. New ones come last.
 * The very array of the sorted ones when that is how they stand.
 */
export function inHeldOrder<Row>(
  before: readonly Row[],
  sorted: readonly Row[],
  everything: readonly Row[],
  idOf: (row: Row) => string,
): readonly Row[] {
  const now = new Map(everything.map((row) => [idOf(row), row]))
  const had = new Set(before.map(idOf))
  const rows = [...before.flatMap((row) => now.get(idOf(row)) ?? []), ...sorted.filter((row) => !had.has(idOf(row)))]
  return rows.length === sorted.length && rows.every((row, place) => row === sorted[place]) ? sorted : rows
}
