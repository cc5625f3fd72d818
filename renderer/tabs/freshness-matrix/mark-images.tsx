import { useLayoutEffect, useRef } from 'react'
import { StateMark } from '../../components/state-mark.tsx'
import { cellMarks, markNamed } from './cell-look.ts'

const images = cellMarks.flatMap((state) => [
  { state, isFailed: false },
  { state, isFailed: true },
])

/**
 * The marks of cells as images, in variables of the element that this is put into: `--mark-stale`, `--mark-stale-failed`. A mark in each of
 * 1,600 cells is five elements, of which each svg is a coordinate system of its own; an image is none, and a frame a third of the work.
 * Drawn by StateMark like everywhere else, in the colours that hold now, and anew when they change.
 */
export function MarkImages() {
  const host = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const draw = (): void => {
      if (host.current !== null) setImages(host.current)
    }
    draw()
    const isForced = window.matchMedia('(forced-colors: active)')
    const themes = new MutationObserver(draw)
    themes.observe(document.documentElement, { attributeFilter: ['data-mantine-color-scheme'] })
    isForced.addEventListener('change', draw)
    return () => {
      themes.disconnect()
      isForced.removeEventListener('change', draw)
    }
  }, [])
  return (
    <div ref={host} hidden>
      {images.map(({ state, isFailed }) => (
        <div key={markNamed(state, isFailed)} data-image={markNamed(state, isFailed)}>
          <StateMark state={state} size={16} lastAttemptFailed={isFailed} />
        </div>
      ))}
    </div>
  )
}

function setImages(host: HTMLElement): void {
  for (const drawn of host.querySelectorAll<HTMLElement>('[data-image]')) {
    host.parentElement?.style.setProperty(`--mark-${drawn.dataset['image']}`, imageOf(drawn))
  }
}

/** The mark in the middle of a square of 20, so that its corner has room (state-mark.module.css). An image knows no variables of the page. */
function imageOf(drawn: HTMLElement): string {
  const [mark, corner] = drawn.querySelectorAll('svg')
  if (mark === undefined) return 'none'
  const { color } = getComputedStyle(mark)
  const variable = (name: string): string => getComputedStyle(drawn).getPropertyValue(name)
  const parts = [placed(mark, 2, 2), ...(corner === undefined ? [] : [placed(corner, 10, 11)])].join('')
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" color="${color}">${parts}</svg>`
  return `url("data:image/svg+xml,${encodeURIComponent(text.replaceAll(/var\((--[\w-]+)\)/g, (_, name: string) => variable(name)))}")`
}

function placed(svg: SVGElement, x: number, y: number): string {
  const copy = svg.cloneNode(true) as SVGElement
  copy.setAttribute('x', String(x))
  copy.setAttribute('y', String(y))
  return new XMLSerializer().serializeToString(copy)
}
