import type { Page } from '@playwright/test'
import { withClient } from '../server.ts'
import { printTarget } from '../table.ts'

interface Mutations {
  /** By row: its place in the list. */
  readonly inRows: Readonly<Record<string, number>>
  /** By the place they were in: the header's clock, totals. */
  readonly elsewhere: Readonly<Record<string, number>>
}

const watchedMs = 3_000
/** Below the runs in progress, which are the first twenty. */
const watchedRow = 22

/** Changes one job in the database as another program would, and counts what the page changed for it. */
export async function mutationsOfOneChange(page: Page, databaseUrl: string): Promise<void> {
  await page.waitForTimeout(watchedMs)
  const still = await page.evaluate(watch, watchedMs)
  const text = (await page.locator(`tr[data-index="${watchedRow}"]`).innerText()).replaceAll(/\s+/g, ' ')
  const job = /Load t\d+ of Brand \d+/.exec(text)?.[0]
  if (job === undefined) throw new Error(`There is no job in the row "${text}".`)
  const watching = page.evaluate(watch, watchedMs)
  await withClient(databaseUrl, (client) =>
    // Its place in the list stays; what is shown of it changes.
    client.query(`update scheduled_jobs set priority = (priority + 1) % 4 where name = $1`, [job]),
  )
  const changed = await watching
  // Rows of runs in progress count their seconds, whatever happens.
  const others = Object.keys(changed.inRows).filter((row) => row !== `${watchedRow}` && !(row in still.inRows))
  const inRow = changed.inRows[watchedRow] ?? 0
  const words = `${inRow} mutations in its row, ${others.length} other rows touched; elsewhere ${placesOf(changed)}`
  printTarget('a change touches its row only', words, inRow > 0 && others.length === 0)
  const ticking = Object.keys(still.inRows).length
  console.log(`        with nothing changed: ${ticking} rows of runs in progress; elsewhere ${placesOf(still)}`)
}

function placesOf({ elsewhere }: Mutations): string {
  const counts = Object.entries(elsewhere).map(([place, count]) => `${place} ${count}`)
  return counts.length === 0 ? 'none' : counts.join(', ')
}

/** Runs in the page. */
async function watch(watchedMs: number): Promise<Mutations> {
  const elsewhere: Record<string, number> = {}
  const inRows: Record<string, number> = {}
  const count = (counts: Record<string, number>, name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  const observer = new MutationObserver((records) => {
    for (const { target } of records) {
      const element = target instanceof Element ? target : target.parentElement
      const row = element?.closest<HTMLElement>('tr[data-index]') ?? null
      if (row !== null) count(inRows, row.dataset['index'] ?? '')
      else count(elsewhere, element?.closest('header, nav, aside, h1, main')?.tagName.toLowerCase() ?? 'page')
    }
  })
  observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })
  await new Promise((resolve) => setTimeout(resolve, watchedMs))
  observer.disconnect()
  return { inRows, elsewhere }
}
