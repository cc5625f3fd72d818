import { useLayoutEffect, useRef } from 'react'
import { StateMark } from '../../components/state-mark.tsx'
import { cellMarks, markNamed } from './cell-look.ts'

/** px; a mark with its corner. */
export const side = 20

export interface MarkImages {
  /** Pixels of the screen for one of the page. */
  readonly scale: number
  readonly byName: ReadonlyMap<string, HTMLCanvasElement>
}

const images = cellMarks.flatMap((state) => [
  { state, isFailed: false },
  { state, isFailed: true },
])

/**
 * The marks of cells as images (`stale`, `stale-failed`), which marks.tsx copies. A mark in each of 1,600 cells is five elements, of which
 * each svg is a coordinate system of its own. Drawn by StateMark like everywhere else, in the colours and for the pixels that there are now,
 * and anew when they change.
 */
export function MarkTemplates({ onDrawn }: { onDrawn: (images: MarkImages) => void }) {
  const host = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const element = host.current
    if (element === null) return undefined
    const whenOver = new AbortController()
    let latest = 0
    const draw = (): void => {
      const turn = ++latest
      imagesOf(element).then(
        (drawn) => {
          // Unless the colours have changed meanwhile.
          if (turn === latest && !whenOver.signal.aborted) onDrawn(drawn)
        },
        // A page that is being left decodes nothing any more.
        () => undefined,
      )
    }
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
  }, [onDrawn])
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

async function imagesOf(host: HTMLElement): Promise<MarkImages> {
  const scale = window.devicePixelRatio
  const drawings = [...host.querySelectorAll<HTMLElement>('[data-image]')]
  const named = drawings.map(
    async (drawn) => [drawn.dataset['image'] ?? '', await inPixels(drawingOf(drawn), scale)] as const,
  )
  return { scale, byName: new Map(await Promise.all(named)) }
}

async function inPixels(drawing: string, scale: number): Promise<HTMLCanvasElement> {
  const image = new Image(side, side)
  image.src = drawing
  await image.decode()
  const canvas = document.createElement('canvas')
  const pixels = Math.ceil(side * scale)
  canvas.width = pixels
  canvas.height = pixels
  canvas.getContext('2d')?.drawImage(image, 0, 0, pixels, pixels)
  return canvas
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
