import { type KeyboardEvent, type RefObject, useRef } from 'react'
import type { DataListProps } from './data-list.tsx'

interface Place {
  /** The row that has the focus, or would get it. */
  readonly cursor: number
  readonly setCursor: (index: number) => void
  /** Scrolls it into view. */
  readonly show: (index: number) => void
  readonly scroller: RefObject<HTMLElement | null>
}

/** `j`/`k`, arrows, Home, End and Page keys move; Shift extends the selection; Enter opens; Space selects; the rest goes to `onKey`. */
export function useListKeys<Row>(props: DataListProps<Row>, place: Place): (event: KeyboardEvent) => void {
  const { rows, rowId, selection, onOpen, onKey } = props
  const { cursor, setCursor, show, scroller } = place
  const anchor = useRef(0)

  const move = (to: number, extend: boolean): void => {
    const next = Math.min(Math.max(to, 0), rows.length - 1)
    setCursor(next)
    show(next)
    if (extend && selection !== undefined) {
      const [from, until] = anchor.current < next ? [anchor.current, next] : [next, anchor.current]
      selection.change(new Set([...selection.ids, ...rows.slice(from, until + 1).map(rowId)]))
    } else anchor.current = next
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus())
  }

  /** A key that is held down moves on and on, but does things once. */
  const act = (key: string, row: Row, isRepeat: boolean): boolean => {
    if (key === 'Enter' && onOpen !== undefined) onOpen(row)
    else if (key === ' ' && selection !== undefined) selection.change(toggled(selection.ids, rowId(row)))
    else {
      if (key.length === 1 && !isRepeat) onKey?.(key, row)
      return false
    }
    return true
  }

  return (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    // Events of the list come from elements.
    const target = event.target as HTMLElement
    if (target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable]') !== null) return
    const row = rows[cursor]
    const to = moves[event.key]?.(cursor, rows.length)
    if (to !== undefined) move(to, event.shiftKey)
    else if (row === undefined || !target.hasAttribute('data-index') || !act(event.key, row, event.repeat)) return
    event.preventDefault()
  }
}

const moves: Readonly<Record<string, ((cursor: number, count: number) => number) | undefined>> = {
  j: (cursor) => cursor + 1,
  ArrowDown: (cursor) => cursor + 1,
  k: (cursor) => cursor - 1,
  ArrowUp: (cursor) => cursor - 1,
  PageDown: (cursor) => cursor + 20,
  PageUp: (cursor) => cursor - 20,
  Home: () => 0,
  End: (_cursor, count) => count - 1,
}

export function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ids)
  if (!next.delete(id)) next.add(id)
  return next
}
