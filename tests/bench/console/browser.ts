/** What a person waits for, in a real Chromium on a warm agent. Each page is opened in a browser that has nothing cached. */
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test'
import { findChromium } from '../../../scripts/browser.ts'
import { systemClock } from '../../../shared/clock.ts'
import { figure, median, percentile } from '../statistics.ts'
import { printTable, printTarget } from '../table.ts'
import type { MeasuredAgent } from './agent.ts'
import { jobTypes } from './catalog.ts'
import { mutationsOfOneChange } from './mutations.ts'
import { matrixScroll } from './scroll.ts'
import type { Seeded } from './seed.ts'

export interface BrowserPlace {
  readonly agent: MeasuredAgent
  readonly databaseUrl: string
  readonly seeded: Seeded
  readonly isQuick: boolean
}

const tabs = ['health', 'schedules', 'active-jobs', 'run-history', 'freshness-matrix'] as const
const dayMs = 86_400_000
const targets = { paintMs: 1_000, scrollFps: 50, openMs: 200, filterMs: 300, initialBytes: 200_000 } as const

export async function measureBrowser(place: BrowserPlace): Promise<void> {
  const found = findChromium()
  if (found === null) {
    console.log(
      '\nThere is no Chromium here (node scripts/browser.ts installs one): nothing of the browser was measured.',
    )
    return
  }
  const browser = await chromium.launch({
    ...(found.path === undefined ? {} : { executablePath: found.path }),
    args: ['--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  })
  try {
    console.log('\nIn the browser')
    await measureInitialScript(place)
    await measurePaints(browser, place)
    await inPage(browser, place, 'freshness-matrix', (page) => matrixScroll(page, targets.scrollFps))
    await inPage(browser, place, 'run-history', (page) => measureOpening(page, place.isQuick ? 5 : 20))
    await inPage(browser, place, 'run-history', (page) => measureFilters(page, place))
    await inPage(browser, place, 'active-jobs', (page) => mutationsOfOneChange(page, place.databaseUrl))
  } finally {
    await browser.close()
  }
}

/** Signed in, with nothing cached. */
async function newContext(browser: Browser, { url, token }: MeasuredAgent): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const answer = await context.request.post(`${url}/session`, { data: { token } })
  if (!answer.ok()) throw new Error(`Signing in was answered with ${answer.status()}.`)
  return context
}

async function inPage(
  browser: Browser,
  { agent, seeded }: BrowserPlace,
  tab: string,
  measure: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await newContext(browser, agent)
  try {
    const page = await context.newPage()
    await page.addInitScript(tellOfQuestions)
    await page.goto(`${agent.url}/o/${seeded.organizationId}/${tab}`)
    await page.waitForSelector(firstRow)
    await measure(page)
  } finally {
    await context.close()
  }
}

/** A row of a list, of the matrix, or a brand of Health. */
const firstRow = 'tr[data-index], [role="gridcell"], li[data-index]'

/** Scripts that the page names itself; what a tab loads when it is opened comes on top. */
async function measureInitialScript({ agent }: BrowserPlace): Promise<void> {
  const html = await (await fetch(`${agent.url}/`)).text()
  const names = [...html.matchAll(/(?:src|href)="([^"]+\.js)"/g)].flatMap(([, name]) => name ?? [])
  let bytes = 0
  for (const name of names) {
    const answer = await fetch(`${agent.url}${name}`, { headers: { 'accept-encoding': 'gzip' } })
    const length = answer.headers.get('content-length')
    bytes +=
      length === null || answer.headers.get('content-encoding') !== 'gzip' ? await gzipped(answer) : Number(length)
  }
  const shown = `${figure(bytes / 1_000, 1)} kB gzip in ${names.length} files`
  printTarget('initial JS ≤ 200 kB gzip', shown, bytes <= targets.initialBytes)
}

async function gzipped(answer: Response): Promise<number> {
  const packed = new Blob([await answer.arrayBuffer()]).stream().pipeThrough(new CompressionStream('gzip'))
  return (await new Response(packed).arrayBuffer()).byteLength
}

/** Milliseconds since the navigation began. */
interface Paints {
  readonly answer: number
  readonly rows: number
  /** Script of this tab as transferred, bytes. */
  readonly script: number
}

async function measurePaints(browser: Browser, { agent, seeded, isQuick }: BrowserPlace): Promise<void> {
  const rows: string[][] = []
  const slow: string[] = []
  for (const tab of tabs) {
    const paints: Paints[] = []
    for (let round = 0; round < (isQuick ? 2 : 5); round += 1) {
      const context = await newContext(browser, agent)
      try {
        const page = await context.newPage()
        await page.goto(`${agent.url}/o/${seeded.organizationId}/${tab}`, { waitUntil: 'commit' })
        paints.push(await page.evaluate(readPaints, firstRow))
      } finally {
        await context.close()
      }
    }
    const first = median(paints.map(({ answer, rows: shown }) => Math.min(answer, shown)))
    if (!(first < targets.paintMs)) slow.push(`${tab} ${figure(first)} ms`)
    rows.push([
      tab,
      figure(median(paints.map(({ answer }) => answer))),
      figure(median(paints.map(({ rows: shown }) => shown))),
      figure(median(paints.map(({ script }) => script)) / 1_000, 1),
    ])
  }
  console.log('\nOpening a tab, median, ms since the navigation began')
  printTable(['tab', 'answer line', 'first row', 'JS kB gzip'], rows)
  const words = slow.length === 0 ? 'all of them' : `not ${slow.join(', ')}`
  printTarget('first meaningful paint < 1 s', words, slow.length === 0)
}

/** Runs in the page. Waits for the answer line and the first row, at most ten seconds; what does not come is NaN. */
async function readPaints(firstRow: string): Promise<{ answer: number; rows: number; script: number }> {
  let answer = Number.NaN
  let rows = Number.NaN
  while (performance.now() < 10_000 && (Number.isNaN(answer) || Number.isNaN(rows))) {
    await new Promise(requestAnimationFrame)
    const said = document.querySelector('main h1')?.textContent ?? ''
    if (Number.isNaN(answer) && said.trim() !== '') answer = performance.now()
    if (Number.isNaN(rows) && document.querySelector(firstRow) !== null) rows = performance.now()
  }
  const script = performance
    .getEntriesByType('resource')
    .filter(({ name }) => name.endsWith('.js'))
    .reduce((sum, entry) => sum + (entry instanceof PerformanceResourceTiming ? entry.encodedBodySize : 0), 0)
  return { answer, rows, script }
}

/** From the click on a row to the summary of its run. */
async function measureOpening(page: Page, times: number): Promise<void> {
  const ms: number[] = []
  for (let index = 1; index <= times; index += 1) {
    ms.push(await page.evaluate(openRow, index % 15))
    await page.keyboard.press('Escape')
    await page.waitForSelector('[data-drawer]', { state: 'detached' })
  }
  const shown = `p50 ${figure(median(ms))} ms, p95 ${figure(percentile(ms, 95))} ms`
  printTarget('opening a run < 200 ms', shown, median(ms) < targets.openMs)
}

/** Runs in the page. */
async function openRow(index: number): Promise<number> {
  const row = document.querySelectorAll<HTMLElement>('tr[data-index]')[index]
  if (row === undefined) throw new Error(`There is no row ${index}.`)
  const started = performance.now()
  row.click()
  while (performance.now() - started < 10_000) {
    await new Promise(requestAnimationFrame)
    const isThere = document.querySelector('[data-drawer] h2') !== null
    if (isThere && document.querySelector('[data-drawer] dl, [data-drawer] [role="tabpanel"]') !== null) {
      return performance.now() - started
    }
  }
  throw new Error('The run did not open within ten seconds.')
}

/** A change of the address, as every filter makes one, until all that it asked for has come and is painted. */
async function measureFilters(page: Page, { seeded, isQuick }: BrowserPlace): Promise<void> {
  const { brandIds, agentIds } = seeded
  const filters: readonly (readonly [string, number, (round: number) => Record<string, string>])[] = [
    ['24 hours', 1, () => ({})],
    ['result', 1, () => ({ result: 'failed' })],
    ['job type', 1, (n) => ({ type: jobTypes[n % jobTypes.length] ?? '' })],
    ['trigger', 1, () => ({ trigger: 'manual' })],
    ['agent', 1, (n) => ({ agent: agentIds[n % agentIds.length] ?? '' })],
    ['attempt', 1, () => ({ attempt: 'retry' })],
    ['brand', 1, (n) => ({ brand: brandIds[n % brandIds.length] ?? '' })],
    ['text in logs', 1, (n) => ({ text: `line 4${n} of` })],
    ['7 days', 7, () => ({})],
    ['30 days', 30, () => ({})],
    ['30 days, result', 30, () => ({ result: 'failed' })],
    ['30 days, brand', 30, (n) => ({ brand: brandIds[n % brandIds.length] ?? '' })],
  ]
  const rows: string[][] = []
  const slow: string[] = []
  let changes = 0
  // Another start of the range each time, or the answer would be there already.
  const change = (days: number, filter: Record<string, string>): Promise<{ list: number; all: number }> => {
    changes += 1
    const from = new Date(systemClock.now().getTime() - days * dayMs - changes * 1_000).toISOString()
    return page.evaluate(changeFilters, new URLSearchParams({ ...filter, range: `${from}..` }).toString())
  }
  for (const [name, days, filterOf] of filters) {
    const found: { list: number; all: number }[] = []
    for (let round = 0; round < (isQuick ? 2 : 3); round += 1) {
      await change(1 / 24, {})
      found.push(await change(days, filterOf(round)))
    }
    const all = median(found.map((one) => one.all))
    if (!(all < targets.filterMs)) slow.push(`${name} ${figure(all)} ms`)
    const slowest = Math.max(...found.map((one) => one.all))
    rows.push([name, figure(median(found.map(({ list }) => list))), figure(all), figure(slowest)])
  }
  console.log('\nA filter of Run history, ms until the list is painted, and until totals and chart are too')
  printTable(['filter', 'list', 'all', 'slowest'], rows)
  const words = slow.length === 0 ? 'all of them' : `not ${slow.join(', ')}`
  printTarget('any filter < 300 ms', words, slow.length === 0)
}

/**
 * Runs in the page before its own scripts, which take hold of `fetch` when they start: tells of every question about runs, when it is
 * asked and when it is answered.
 */
function tellOfQuestions(): void {
  const fetchBefore = window.fetch.bind(window)
  window.fetch = async (...given) => {
    const url = given[0] instanceof Request ? given[0].url : String(given[0])
    if (!url.includes('/rpc/runs/')) return fetchBefore(...given)
    window.dispatchEvent(new CustomEvent('bench-asked'))
    try {
      return await fetchBefore(...given)
    } finally {
      window.dispatchEvent(new CustomEvent('bench-answered', { detail: url }))
    }
  }
}

/** Runs in the page. */
async function changeFilters(search: string): Promise<{ list: number; all: number }> {
  const nextFrame = (): Promise<number> => new Promise(requestAnimationFrame)
  const started = performance.now()
  let [asked, pending] = [0, 0]
  let [listAt, allAt] = [Number.NaN, Number.NaN]
  const onAsked = (): void => {
    asked += 1
    pending += 1
  }
  const onAnswered = (event: Event): void => {
    pending -= 1
    const isList =
      event instanceof CustomEvent && String(event.detail).includes('/rpc/runs/list') && Number.isNaN(listAt)
    // The frame after the next one shows it.
    void nextFrame()
      .then(nextFrame)
      .then((at) => {
        if (isList) listAt = at
        allAt = at
      })
  }
  window.addEventListener('bench-asked', onAsked)
  window.addEventListener('bench-answered', onAnswered)
  try {
    history.pushState(null, '', `?${search}`)
    // Some frames more: an answer may have led to another question.
    for (let quiet = 0; quiet < 6 && performance.now() - started < 5_000; ) {
      await nextFrame()
      quiet = asked > 0 && pending === 0 ? quiet + 1 : 0
    }
    return { list: listAt - started, all: allAt - started }
  } finally {
    window.removeEventListener('bench-asked', onAsked)
    window.removeEventListener('bench-answered', onAnswered)
  }
}
