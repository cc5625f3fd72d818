import { useLayoutEffect, useRef } from 'react'
import { StateMark } from '../../components/state-mark.tsx'
import { cellMarks, markNamed } from './cell-look.ts'

/** px; the width of a cell's background (matrix.module.css). */
const side = 20

const images = cellMarks.flatMap((state) => [
  { state, isFailed: false },
  { state, isFailed: true },
])

/**
 * The marks of cells as images, in variables of the element that this is put into: `--mark-stale`, `--mark-stale-failed`. A mark in each of
 * 1,600 cells is five elements, of which each svg is a coordinate system of its own; an image is none. Drawn by StateMark like everywhere
 * else, in the colours and for the pixels that there are now, and anew when they change.
 */
export function MarkImages() {
  const host = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const element = host.current
    const grid = element?.parentElement
    if (element === null || grid === null || grid === undefined) return undefined
    const whenOver = new AbortController()
    const draw = (): void => drawInto(grid, element)
    draw()
    const themes = new MutationObserver(draw)
    themes.observe(document.documentElement, { attributeFilter: ['data-mantine-color-scheme'] })
    for (const condition of ['(forced-colors: active)', `(resolution: ${window.devicePixelRatio}dppx)`]) {
      window.matchMedia(condition).addEventListener('change', draw, { signal: whenOver.signal })
    }
    return () => {
      themes.disconnect()
      whenOver.abort()
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

/** At once as drawings, which a browser works out anew for each cell; a moment later as pixels, which it only copies. */
function drawInto(grid: HTMLElement, host: HTMLElement): void {
  for (const drawn of host.querySelectorAll<HTMLElement>('[data-image]')) {
    const name = `--mark-${drawn.dataset['image']}`
    const drawing = drawingOf(drawn)
    const shown = `url("${drawing}")`
    grid.style.setProperty(name, shown)
    inPixels(drawing).then(
      (pixels) => {
        // Unless the colours have changed meanwhile.
        if (grid.style.getPropertyValue(name) === shown) grid.style.setProperty(name, `url("${pixels}")`)
      },
      // The drawing stays: it looks the same.
      () => undefined,
    )
  }
}

async function inPixels(drawing: string): Promise<string> {
  const image = new Image(side, side)
  image.src = drawing
  await image.decode()
  const canvas = document.createElement('canvas')
  const pixels = Math.ceil(side * window.devicePixelRatio)
  canvas.width = pixels
  canvas.height = pixels
  canvas.getContext('2d')?.drawImage(image, 0, 0, pixels, pixels)
  return canvas.toDataURL()
}

/** The mark in the middle of a square of 20, so that its corner has room (state-mark.module.css). An image knows no variables of the page. */
function drawingOf(drawn: HTMLElement): string {
  const [mark, corner] = drawn.querySelectorAll('svg')
  if (mark === undefined) throw new Error('A mark without a shape.')
  const { color } = getComputedStyle(mark)
  const variable = (name: string): string => getComputedStyle(drawn).getPropertyValue(name)
  const parts = [placed(mark, 2, 2), ...(corner === undefined ? [] : [placed(corner, 10, 11)])].join('')
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" color="${color}">${parts}</svg>`
  const colored = text.replaceAll(/var\((--[\w-]+)\)/g, (_, name: string) => variable(name))
  return `data:image/svg+xml,${encodeURIComponent(colored)}`
}

function placed(svg: SVGElement, x: number, y: number): string {
  const copy = svg.cloneNode(true) as SVGElement
  copy.setAttribute('x', String(x))
  copy.setAttribute('y', String(y))
  return new XMLSerializer().serializeToString(copy)
}
