import { type RefObject, useLayoutEffect, useState } from 'react'

/** Whether an element is narrower than so many px; re-renders only when that changes. A drawer beside a list makes it narrow too. */
export function useIsNarrow(element: RefObject<HTMLElement | null>, px: number): boolean {
  const [isNarrow, setIsNarrow] = useState(false)
  useLayoutEffect(() => {
    const { current } = element
    if (current === null) return undefined
    const measure = (): void => setIsNarrow(current.clientWidth > 0 && current.clientWidth < px)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(current)
    return () => observer.disconnect()
  }, [element, px])
  return isNarrow
}
