import { type KeyboardEvent, type RefObject, useState } from 'react'
import { usePreferences } from '../app/preferences.tsx'
import type { DataListProps } from './data-list.tsx'

interface Place {
  /** The row that has the focus, or would get it. */
  readonly cursor: number
  readonly setCursor: (index: number) => void
  /** Scrolls it into view. */
  readonly show: (index: number) => void
  readonly scroller: RefObject<HTMLElement | null>
}

/** The row that has the focus, or would get it. A list changes under the hand: the cursor stays with its row, as the focus does. */
export function useCursor<Row>({
  rows,
  rowId,
}: Pick<DataListProps<Row>, 'rows' | 'rowId'>): [number, (index: number) => void] {
  const [cursor, setCursor] = useState<{ readonly id: string | null; readonly index: number }>({ id: null, index: 0 })
  const idAt = (index: number): string | null => {
    const row = rows[index]
    return row === undefined ? null : rowId(row)
  }
  const { id, index } = cursor
  const isThere = id === null || idAt(index) === id
  const found = isThere ? index : rows.findIndex((row) => rowId(row) === id)
  if (found !== -1 && found !== index) setCursor({ id, index: found })
  // Where it was last, when it has gone.
  const at = found === -1 ? Math.max(0, Math.min(index, rows.length - 1)) : found
  return [at, (next) => setCursor({ id: idAt(next), index: next })]
}

/**
 * `j`/`k`, arrows, Home, End and Page keys move; Shift extends the selection; Enter opens; Space selects; the rest goes to `onKey`. Letters
 * do nothing where single keys are switched off.
 */
export function useListKeys<Row>(props: DataListProps<Row>, place: Place): (event: KeyboardEvent) => void {
  const { rows, rowId, selection, onOpen, onKey } = props
  const { cursor, setCursor, show, scroller } = place
  const { singleKeys } = usePreferences().preferences

  const move = (to: number, extend: boolean): void => {
    const next = Math.min(Math.max(to, 0), rows.length - 1)
    setCursor(next)
    show(next)
    if (extend && selection !== undefined) {
      const [from, until] = cursor < next ? [cursor, next] : [next, cursor]
      selection.change(new Set([...selection.ids, ...rows.slice(from, until + 1).map(rowId)]))
    }
    const focusNext = (): boolean => {
      const element = scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)
      element?.focus()
      return element instanceof HTMLElement
    }
    // What is far away is drawn a frame later.
    if (!focusNext()) requestAnimationFrame(focusNext)
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
    if (!singleKeys && isLetter(event.key)) return
    const row = rows[cursor]
    const to = moves[event.key]?.(cursor, rows.length)
    if (to !== undefined) move(to, event.shiftKey)
    // While a row that is far away is on its way into view, another one has the focus: nothing is done to either.
    else if (row === undefined || target.dataset['index'] !== String(cursor) || !act(event.key, row, event.repeat))
      return
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

/** A key that writes something, which people who speak or whose hands shake hit without wanting to (WCAG 2.1.4); Space presses. */
export function isLetter(key: string): boolean {
  return key.length === 1 && key !== ' '
}

export function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ids)
  if (!next.delete(id)) next.add(id)
  return next
}
