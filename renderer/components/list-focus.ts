import { type FocusEvent, type RefObject, useLayoutEffect, useRef } from 'react'
import type { DataListProps } from './data-list.tsx'

interface ListPlace {
  /** The row that has the focus, or would get it. */
  readonly cursor: number
  /** Scrolls it into view. */
  readonly show: (index: number) => void
  readonly scroller: RefObject<HTMLElement | null>
}

export interface ListFocus {
  readonly onFocus: (event: FocusEvent) => void
  readonly onBlur: (event: FocusEvent) => void
}

/**
 * Keeps the focus in a list when the row that had it goes away, because what was done to it, or the clock, has taken it out of the filter:
 * the row that stands in its place gets it, or the list itself when none is left or none is drawn there.
 */
export function useListFocus<Row>(
  { rows, rowId }: Pick<DataListProps<Row>, 'rows' | 'rowId'>,
  { cursor, show, scroller }: ListPlace,
): ListFocus {
  /** Whose row the focus was in last, unless it went elsewhere by itself. */
  const focused = useRef<string | null>(null)
  const isStandingIn = useRef(false)
  const known = useRef(rows)
  useLayoutEffect(() => {
    const isSame = known.current === rows
    known.current = rows
    const list = scroller.current
    const now = document.activeElement
    if (focused.current === null || list === null || (now !== null && now !== document.body && now !== list)) return
    if (now === list && !isStandingIn.current) return
    const row = rowAt(list, cursor)
    if (row !== null) return row.focus({ preventScroll: isSame })
    if (now === list) return
    isStandingIn.current = true
    list.focus({ preventScroll: true })
    if (!isSame && rows.length > 0) show(cursor)
  })
  return {
    onFocus: ({ target }) => {
      const list = scroller.current
      isStandingIn.current &&= target === list
      if (isStandingIn.current) return
      const index = target.closest<HTMLElement>('[data-index]')?.dataset['index']
      // The menu of a row is drawn elsewhere.
      const isOfMenu = list?.contains(target) === false
      const row = isOfMenu ? rows[cursor] : index === undefined ? undefined : rows[Number(index)]
      focused.current = row === undefined ? null : rowId(row)
    },
    // React tells of those that leave, not of what is taken away with the focus in it; of what is switched off the browser does, and of a
    // window that is left the element keeps it.
    onBlur: ({ target }) => {
      if (document.activeElement !== target && !target.matches(':disabled')) focused.current = null
    },
  }
}

function rowAt(list: Element, index: number): HTMLElement | null {
  return list.querySelector<HTMLElement>(`[data-index="${index}"]`)
}

/** Gives the focus to the list of the page, at the row under its cursor; to the page where it has no list. */
export function focusPage(): void {
  const main = document.querySelector<HTMLElement>('main')
  const list = main?.querySelector<HTMLElement>('[data-testid="data-list"]')
  const place = list?.querySelector<HTMLElement>('[data-index][tabindex="0"]') ?? list ?? main
  place?.focus({ preventScroll: true })
}
