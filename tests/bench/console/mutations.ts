import type { Page } from '@playwright/test'
import { withClient } from '../server.ts'
import { printTarget } from '../table.ts'

interface Mutations {
  /** In the row that changed. */
  readonly inRow: number
  readonly inOtherRows: number
  /** By the place they were in: the header's clock, totals. */
  readonly elsewhere: Readonly<Record<string, number>>
}

const watchedMs = 3_000

/** Changes one job in the database as another program would, and counts what the page changed for it. */
export async function mutationsOfOneChange(page: Page, databaseUrl: string): Promise<void> {
  await page.waitForTimeout(watchedMs)
  const still = await page.evaluate(watch, { name: '', watchedMs })
  const name = (await page.locator('tr[data-index="3"] td').allInnerTexts()).find((text) => text.includes('Load t'))
  const job = /Load t\d+ of Brand \d+/.exec(name ?? '')?.[0]
  if (job === undefined) throw new Error('There is no job in the fourth row.')
  const watching = page.evaluate(watch, { name: job, watchedMs })
  await withClient(databaseUrl, (client) =>
    // Its order in the list stays; what is shown of it changes.
    client.query(
      `update scheduled_jobs set priority = (priority + 1) % 4, last_error = 'Something else happened' where name = $1`,
      [job],
    ),
  )
  const changed = await watching
  const others = Object.entries(changed.elsewhere).map(([place, count]) => `${place} ${count}`)
  const words = `${changed.inRow} in the row, ${changed.inOtherRows} in other rows; elsewhere ${others.join(', ') || 'none'}`
  const before = Object.entries(still.elsewhere).map(([place, count]) => `${place} ${count}`)
  printTarget('a change touches its row only', words, changed.inOtherRows === 0)
  console.log(`        with nothing changed: ${still.inOtherRows} in rows; elsewhere ${before.join(', ') || 'none'}`)
}

/** Runs in the page. `name`: of the job whose row may change. */
async function watch(given: { name: string; watchedMs: number }): Promise<Mutations> {
  const elsewhere: Record<string, number> = {}
  let [inRow, inOtherRows] = [0, 0]
  const observer = new MutationObserver((records) => {
    for (const { target } of records) {
      const element = target instanceof Element ? target : target.parentElement
      const row = element?.closest('tr[data-index]') ?? null
      if (row !== null) {
        if (given.name !== '' && row.textContent.includes(given.name)) inRow += 1
        else inOtherRows += 1
      } else {
        const place = element?.closest('header, nav, aside, h1, main')?.tagName.toLowerCase() ?? 'page'
        elsewhere[place] = (elsewhere[place] ?? 0) + 1
      }
    }
  })
  observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })
  await new Promise((resolve) => setTimeout(resolve, given.watchedMs))
  observer.disconnect()
  return { inRow, inOtherRows, elsewhere }
}
