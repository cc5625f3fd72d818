import { type RefObject, useCallback, useEffect, useState } from 'react'
import { flushSync } from 'react-dom'
import { isSameView, type Surface, type View, viewOf, type Window } from './view.ts'

export function windowOf({ scrollTop, scrollLeft, clientWidth, clientHeight }: HTMLElement): Window {
  return { top: scrollTop, left: scrollLeft, width: clientWidth, height: clientHeight }
}

/** What is in view, kept up to date while it is scrolled and while its size changes. Before it is on screen: what a large one would show. */
export function useView(scroller: RefObject<HTMLElement | null>, { rows, columns, columnWidth }: Surface): View {
  const [seen, setSeen] = useState<Window>({ top: 0, left: 0, width: 1_200, height: 700 })
  const surface = { rows, columns, columnWidth }
  const view = viewOf(seen, surface)
  const look = useCallback(
    (element: HTMLElement): void => {
      const now = windowOf(element)
      const surfaceNow = { rows, columns, columnWidth }
      setSeen((before) => (isSameView(viewOf(before, surfaceNow), viewOf(now, surfaceNow)) ? before : now))
    },
    [rows, columns, columnWidth],
  )
  useEffect(() => {
    const element = scroller.current
    if (element === null) return undefined
    // A scroll is told of right before its frame is drawn: what comes into view has to be there by then.
    const onScroll = (): void => flushSync(() => look(element))
    const resized = new ResizeObserver(() => look(element))
    resized.observe(element)
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      resized.disconnect()
      element.removeEventListener('scroll', onScroll)
    }
  }, [scroller, look])
  return view
}
