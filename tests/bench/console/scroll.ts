import type { CDPSession, Page } from '@playwright/test'
import { figure, percentile } from '../statistics.ts'
import { printTable, printTarget } from '../table.ts'

const pixelsPerFrame = 120
const frames = 240
/** The page keeps a stream open, so the network is never idle. */
const settleMs = 1_500

/** Scrolls the matrix through both of its directions, back and forth; a frame that takes long is a jump that a person sees. */
export async function matrixScroll(page: Page, targetFps: number): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const rows: string[][] = []
  let slowest = Number.POSITIVE_INFINITY
  for (const zoom of ['marks', 'ages'] as const) {
    await page.evaluate((search) => history.pushState(null, '', search), zoom === 'ages' ? '?zoom=ages' : '?')
    await page.waitForTimeout(settleMs)
    for (const direction of ['down', 'sideways'] as const) {
      const before = await taskMs(session)
      const deltas = await page.evaluate(scrollThrough, { direction, pixelsPerFrame, frames })
      const perFrame = ((await taskMs(session)) - before) / frames
      const perSecond = (1_000 * deltas.length) / deltas.reduce((sum, delta) => sum + delta, 0)
      slowest = Math.min(slowest, perSecond)
      const [p50, p95] = [percentile(deltas, 50), percentile(deltas, 95)]
      rows.push([
        `${zoom}, ${direction}`,
        figure(perSecond, 1),
        figure(perFrame, 1),
        figure(p50, 1),
        figure(p95, 1),
        figure(Math.max(...deltas), 1),
      ])
    }
  }
  console.log(`\nScrolling the matrix by ${pixelsPerFrame} px per frame`)
  printTable(['', 'frames/s', 'main thread ms', 'frame p50 ms', 'p95 ms', 'longest ms'], rows)
  printTarget(`matrix scroll ≥ ${targetFps} fps`, `${figure(slowest, 1)} at the slowest`, slowest >= targetFps)
}

/** What the page's main thread has worked since it began, ms: tells a slow page from a busy machine. */
async function taskMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1_000
}

/** Runs in the page. Resolves to the time between frames, ms. */
async function scrollThrough(given: {
  direction: 'down' | 'sideways'
  pixelsPerFrame: number
  frames: number
}): Promise<number[]> {
  const grid = document.querySelector('[role="grid"]')
  if (grid === null) throw new Error('There is no matrix.')
  const nextFrame = (): Promise<number> => new Promise(requestAnimationFrame)
  const deltas: number[] = []
  let step = given.pixelsPerFrame
  let before = await nextFrame()
  for (let frame = 0; frame < given.frames; frame += 1) {
    const from = given.direction === 'down' ? grid.scrollTop : grid.scrollLeft
    if (given.direction === 'down') grid.scrollTop += step
    else grid.scrollLeft += step
    const isAtEnd = (given.direction === 'down' ? grid.scrollTop : grid.scrollLeft) === from
    if (isAtEnd) step = -step
    const now = await nextFrame()
    deltas.push(now - before)
    before = now
  }
  return deltas
}
