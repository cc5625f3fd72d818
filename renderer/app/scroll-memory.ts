import { type RefObject, useEffect } from 'react'
import { openedParameters } from './places.ts'

/** How long after Back a list may take to be there again, frames. */
const patienceFrames = 60
const mostPlaces = 50
const selector = '[data-testid="data-list"], [data-scroll-place]'

/** px */
interface Scrolled {
  readonly top: number
  readonly left: number
}

/**
 * Back and Forward lead to where a list was scrolled to. What was loaded is still there (client/queries.ts keeps it for five minutes), so
 * it is only a matter of waiting until it is drawn.
 */
export function useScrollMemory(main: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const places = new Map<string, Scrolled>()
    const remember = ({ target }: Event): void => {
      if (!(target instanceof HTMLElement) || main.current?.contains(target) !== true || !isPlace(target)) return
      places.delete(address())
      places.set(address(), { top: target.scrollTop, left: target.scrollLeft })
      const [oldest] = places.keys()
      if (places.size > mostPlaces && oldest !== undefined) places.delete(oldest)
    }
    const recall = (): void => {
      const to = places.get(address())
      if (to !== undefined && (to.top > 0 || to.left > 0)) scrollWhenReady(main, to, patienceFrames)
    }
    window.addEventListener('scroll', remember, { capture: true, passive: true })
    window.addEventListener('popstate', recall)
    return () => {
      window.removeEventListener('scroll', remember, { capture: true })
      window.removeEventListener('popstate', recall)
    }
  }, [main])
}

/** What a drawer shows, or which rows are open, is no other place of the list. */
function address(): string {
  const parameters = new URLSearchParams(window.location.search)
  for (const name of openedParameters) parameters.delete(name)
  return `${window.location.pathname}?${parameters.toString()}`
}

function isPlace(element: HTMLElement): boolean {
  return element.matches(`main, ${selector}`)
}

function scrollWhenReady(main: RefObject<HTMLElement | null>, to: Scrolled, frames: number): void {
  requestAnimationFrame(() => {
    const places = [main.current, ...(main.current?.querySelectorAll<HTMLElement>(selector) ?? [])]
    const ready = places.find((element) => element !== null && reaches(element, to))
    if (ready !== null && ready !== undefined) ready.scrollTo({ ...to, behavior: 'instant' })
    else if (frames > 0) scrollWhenReady(main, to, frames - 1)
  })
}

function reaches(
  { scrollHeight, clientHeight, scrollWidth, clientWidth }: HTMLElement,
  { top, left }: Scrolled,
): boolean {
  return scrollHeight - clientHeight >= top && scrollWidth - clientWidth >= left
}
