import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import type { LogLine } from '../../shared/contract/runs.ts'
import { positionsOf } from './log-filter.ts'

export interface LogSearch {
  /** As typed. */
  readonly text: string
  /** In lower case, what lines mark; a little behind the typing in long logs. */
  readonly marked: string
  /** Lines found, and which of them is shown, from 1; null = nothing is searched for. */
  readonly found: { readonly count: number; readonly current: number } | null
  /** `seq` of the line shown; null = none. */
  readonly current: number | null
  readonly start: (text: string) => void
  readonly step: (step: number) => void
}

/** What is searched for in the lines shown. The line found is kept by its number, so that lines that come before it change nothing. */
export function useLogSearch(lines: readonly LogLine[], show: (position: number) => void): LogSearch {
  const [text, setText] = useState('')
  const [current, setCurrent] = useState<number | null>(null)
  const marked = useDeferredValue(text).toLowerCase()
  const found = useMemo(() => positionsOf(lines, marked), [lines, marked])
  const at = found.findIndex((position) => lines[position]?.seq === current)
  const goTo = (position: number | undefined): void => {
    setCurrent(position === undefined ? null : (lines[position]?.seq ?? null))
    if (position !== undefined) show(position)
  }
  return {
    text,
    marked,
    found: marked === '' ? null : { count: found.length, current: at + 1 },
    current,
    start: (next) => {
      setText(next)
      goTo(positionsOf(lines, next)[0])
    },
    step: (step) => {
      if (found.length > 0) goTo(found[(at + step + found.length) % found.length])
    },
  }
}

interface Scrolled {
  readonly scrollOffset: number | null
  readonly range: { readonly startIndex: number } | null
  scrollToIndex(index: number, options: { align: 'start' }): void
}

/** Keeps the first line in view where it is when earlier lines are put before it. */
export function useKeepPlace(lines: readonly LogLine[], isFollowing: boolean, scrolled: Scrolled): void {
  const before = useRef(lines)
  useEffect(() => {
    const old = before.current
    before.current = lines
    const seq = old[scrolled.range?.startIndex ?? 0]?.seq
    if (isFollowing || seq === undefined || old[0]?.seq === lines[0]?.seq) return
    const position = lines.findIndex((line) => line.seq === seq)
    if (position > 0) scrolled.scrollToIndex(position, { align: 'start' })
  }, [lines, isFollowing, scrolled])
}
