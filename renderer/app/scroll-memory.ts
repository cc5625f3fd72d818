import { type RefObject, useEffect } from 'react'

/** How long after Back a list may take to be there again, frames. */
const patienceFrames = 60
const mostPlaces = 50

/**
 * Back and Forward lead to where a list was scrolled to. What was loaded is still there (client/queries.ts keeps it for five minutes), so
 * it is only a matter of waiting until it is drawn.
 */
export function useScrollMemory(main: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const places = new Map<string, number>()
    const remember = ({ target }: Event): void => {
      if (!(target instanceof HTMLElement) || main.current?.contains(target) !== true || !isPlace(target)) return
      places.delete(address())
      places.set(address(), target.scrollTop)
      const [oldest] = places.keys()
      if (places.size > mostPlaces && oldest !== undefined) places.delete(oldest)
    }
    const recall = (): void => {
      const top = places.get(address())
      if (top !== undefined && top > 0) scrollWhenReady(main, top, patienceFrames)
    }
    window.addEventListener('scroll', remember, { capture: true, passive: true })
    window.addEventListener('popstate', recall)
    return () => {
      window.removeEventListener('scroll', remember, { capture: true })
      window.removeEventListener('popstate', recall)
    }
  }, [main])
}

/** What a drawer shows is no other place of the list. */
function address(): string {
  const parameters = new URLSearchParams(window.location.search)
  parameters.delete('open')
  parameters.delete('part')
  return `${window.location.pathname}?${parameters.toString()}`
}

function isPlace(element: HTMLElement): boolean {
  return element.matches('main, [data-testid="data-list"], [data-scroll-place]')
}

function scrollWhenReady(main: RefObject<HTMLElement | null>, top: number, frames: number): void {
  requestAnimationFrame(() => {
    const places = [
      main.current,
      ...(main.current?.querySelectorAll<HTMLElement>('[data-testid="data-list"], [data-scroll-place]') ?? []),
    ]
    const ready = places.find((element) => element !== null && element.scrollHeight - element.clientHeight >= top)
    if (ready !== null && ready !== undefined) ready.scrollTop = top
    else if (frames > 0) scrollWhenReady(main, top, frames - 1)
  })
}
