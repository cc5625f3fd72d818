import { readFile } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addSchedule, addShops, addStatus, inHours } from './support/seed.ts'

const grid = (page: Page): Locator => page.getByRole('grid', { name: 'Freshness of every dataset of every brand' })
const cell = (page: Page, name: string): Locator => page.getByRole('gridcell', { name: new RegExp(`^${name}`) })
const chosen = (page: Page): Locator => page.getByRole('gridcell', { selected: true })

/** The name of the cell that the grid says is active. */
async function active(page: Page): Promise<string> {
  const id = await grid(page).getAttribute('aria-activedescendant')
  return (await page.locator(`[id="${id}"]`).getAttribute('aria-label')) ?? ''
}

interface Queued {
  readonly job_type: string
  readonly parameters: object
  readonly trigger_source: string
}

async function queued(agent: Workspace): Promise<Queued[]> {
  const { rows } = await agent.sql.query<Queued>(
    `select job.job_type, job.parameters, job.trigger_source from scheduled_jobs job join brands on brands.id = job.brand_id
     where brands.organization_id = $1::uuid and job.schedule_type = 'one_time'`,
    [agent.organizationId],
  )
  return rows
}

/** 3 brands × orders and stock, all stale but one; nothing will refresh them today. */
async function addStale(agent: Workspace): Promise<void> {
  for (const name of ['Alpha', 'Beta', 'Gamma']) {
    const brandId = await agent.brand(name)
    await addSchedule(agent, brandId, { next_run_at: await inHours(agent, 2) })
    await addStatus(agent, brandId, 'orders', { ageHours: name === 'Gamma' ? 1 : 30 })
    await addStatus(agent, brandId, 'stock', { ageHours: 30 })
  }
}

test('a cell for each dataset of each brand, with shape, words, sums and details', async ({ page, agent }) => {
  await addShops(agent)
  await page.goto(agent.at('freshness-matrix'))
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'Of 6 datasets of 2 brands: 1 stale, 1 never synced, 1 at risk.',
  )
  await expect(cell(page, 'Acme, Orders: stale, last attempt failed$')).toBeVisible()
  await expect(cell(page, 'Acme, Templates scraped: fresh, suspicious$')).toBeVisible()
  await expect(cell(page, 'Zenith, Ad assets: not there$')).toBeVisible()
  await expect(page.getByRole('rowheader', { name: /^Acme/ })).toContainText('2')
  await expect(page.getByRole('columnheader', { name: /^Orders/ })).toHaveText('Orders1')
  await expect(page.getByRole('list', { name: 'Legend' }).getByRole('listitem')).toHaveCount(7)
  const inspector = page.getByTestId('inspector')
  await cell(page, 'Acme, Orders').hover()
  await expect(inspector).toContainText('Acme · Orders')
  await expect(inspector).toContainText('Stale, last attempt failed')
  await expect(inspector).toContainText('9 h old of 6 h')
  await cell(page, 'Zenith, Ad assets').hover()
  await expect(inspector).toContainText('This brand does not have it.')
})

test('the reason of a cell is said as the card says it, its times on the same clock', async ({ page, agent }) => {
  const acme = await agent.brand('Acme')
  await addStatus(agent, acme, 'orders', { ageHours: 1, lastStatus: 'failed', error: 'HTTP 429 at the shop' })
  await page.goto(agent.at('health'))
  const reason = page.getByRole('article', { name: 'Orders of Acme' }).getByText('The last attempt at')
  const said = (await reason.textContent()) ?? ''
  await page.goto(agent.at('freshness-matrix'))
  await cell(page, 'Acme, Orders').hover()
  const told = page.getByTestId('inspector').getByText('The last attempt at')
  await expect(told.locator('time')).toHaveText(/UTC$/)
  await expect(told).toHaveText(said)
})

test('marks are drawn, and anew in the colours of another theme', async ({ page, agent }) => {
  await addShops(agent)
  await page.emulateMedia({ colorScheme: 'light' })
  await page.goto(agent.at('freshness-matrix'))
  const mark = (name: string) => cell(page, name).evaluate(colourInTheMiddle)
  await expect.poll(() => mark('Acme, Orders: stale, last attempt failed')).toMatch(/ 255$/)
  expect(await mark('Zenith, Ad assets: not there')).toBe('0 0 0 0')
  const light = await mark('Acme, Orders: stale, last attempt failed')
  await page.emulateMedia({ colorScheme: 'dark' })
  await expect.poll(() => mark('Acme, Orders: stale, last attempt failed')).not.toBe(light)
})

/** Runs in the page: red, green, blue and opacity of what is drawn over the middle of a cell. */
function colourInTheMiddle(element: Element): string {
  const { x, y, width, height } = element.getBoundingClientRect()
  const [at, down] = [x + width / 2, y + height / 2]
  for (const canvas of document.querySelectorAll<HTMLCanvasElement>('[role="grid"] canvas')) {
    const box = canvas.getBoundingClientRect()
    if (at < box.left || at >= box.right || down < box.top || down >= box.bottom) continue
    const scale = canvas.width / box.width
    const pixel = canvas.getContext('2d')?.getImageData((at - box.left) * scale, (down - box.top) * scale, 1, 1)
    return [...(pixel?.data ?? [])].join(' ')
  }
  return 'no canvas'
}

test('by keyboard alone: arrows move, Space and Shift choose, Enter opens, Escape lets go', async ({ page, agent }) => {
  await addStale(agent)
  await page.goto(agent.at('freshness-matrix', { sort: 'name' }))
  await expect(cell(page, 'Gamma, Stock: stale')).toBeVisible()
  await grid(page).focus()
  expect(await active(page)).toMatch(/^Alpha, Orders/)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowDown')
  expect(await active(page)).toMatch(/^Beta, Stock/)
  await expect(page.getByTestId('inspector')).toContainText('Beta · Stock')
  await page.keyboard.press('Space')
  await expect(chosen(page)).toHaveCount(1)
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowLeft')
  await expect(chosen(page)).toHaveCount(4)
  await expect(page.getByRole('toolbar', { name: 'Chosen cells' })).toContainText('4 datasets chosen')
  await page.keyboard.press('Space')
  await expect(chosen(page)).toHaveCount(3)
  await page.keyboard.press('Escape')
  await expect(chosen(page)).toHaveCount(0)
  await page.keyboard.press('Control+Home')
  await page.keyboard.press('Enter')
  const drawer = page.getByRole('complementary', { name: 'Dataset details' })
  await expect(drawer).toBeFocused()
  await expect(drawer).toContainText('Orders')
  await page.keyboard.press('Escape')
  await expect(grid(page)).toBeFocused()
  await page.keyboard.press('End')
  expect(await active(page)).toMatch(/^Alpha, Stock/)
})

test('f shows what fixing would start and leave alone, and starts it once', async ({ page, agent }) => {
  await addStale(agent)
  await page.goto(agent.at('freshness-matrix', { sort: 'name' }))
  await expect(cell(page, 'Gamma, Stock: stale')).toBeVisible()
  await grid(page).focus()
  await page.keyboard.press('Shift+Control+End')
  await expect(chosen(page)).toHaveCount(6)
  await page.keyboard.press('f')
  const preview = page.getByRole('dialog')
  await expect(preview).toContainText('Starts 3 runs for 5 datasets, leaves 1 alone')
  await expect(preview).toContainText('load_orders for Alpha: Orders, Stock')
  await expect(preview).toContainText(/Left alone: Orders of Gamma\./)
  await expect(preview.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(preview).toBeHidden()
  expect(await queued(agent)).toEqual([])
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('button', { name: 'Fix 6 datasets' }).click()
  await expect(preview.getByRole('button', { name: 'Start 3 runs' })).toBeInViewport({ ratio: 1 })
  await preview.getByRole('button', { name: 'Start 3 runs' }).dblclick()
  await expect(page.getByText('3 runs are queued.').first()).toBeVisible()
  await expect(chosen(page)).toHaveCount(0)
  const one = {
    job_type: 'load_orders',
    trigger_source: 'manual',
    parameters: { days_back: 7, full: false, region: 'eu' },
  }
  expect(await queued(agent)).toEqual([one, one, one])
  await expect(cell(page, 'Alpha, Orders: stale')).toHaveCount(0)
  await expect(cell(page, 'Beta, Stock: stale')).toHaveCount(0)
})

test('the pointer: a click opens, with Control it chooses, a drag chooses a rectangle', async ({ page, agent }) => {
  await addStale(agent)
  await page.goto(agent.at('freshness-matrix', { sort: 'name' }))
  const from = cell(page, 'Alpha, Orders')
  const to = cell(page, 'Beta, Stock')
  await from.hover()
  await page.mouse.down()
  await to.hover()
  await page.mouse.up()
  await expect(chosen(page)).toHaveCount(4)
  await expect(page.getByRole('complementary')).toBeHidden()
  await from.click({ modifiers: ['ControlOrMeta'] })
  await expect(chosen(page)).toHaveCount(3)
  await page.getByRole('button', { name: 'Clear selection' }).click()
  await expect(chosen(page)).toHaveCount(0)
  await to.click()
  await expect(page.getByRole('complementary', { name: 'Dataset details' })).toContainText('Stock of Beta')
  await expect(chosen(page)).toHaveCount(0)
})

test('order, zoom, state and text stand in the URL, and keep on reload and Back', async ({ page, agent }) => {
  await addShops(agent)
  await page.goto(agent.at('freshness-matrix'))
  const brands = page.getByRole('rowheader')
  await expect(brands.first()).toContainText('Acme')
  await page.getByText('Marks and ages', { exact: true }).click()
  await expect(cell(page, 'Acme, Orders: stale, last attempt failed, 9 h')).toBeVisible()
  await page.getByRole('button', { name: 'State', exact: true }).click()
  await page.getByRole('checkbox', { name: /^Fresh/ }).check()
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL(/state=fresh/)
  await expect(page).toHaveURL(/zoom=ages/)
  await page.getByRole('textbox', { name: 'Brand or dataset' }).fill('zen')
  await expect(brands).toHaveCount(1)
  await page.reload()
  await expect(brands).toHaveCount(1)
  await cell(page, 'Zenith, Orders').click()
  await expect(page.getByRole('complementary')).toBeVisible()
  await page.goBack()
  await expect(page).toHaveURL(/text=zen/)
  await page.getByRole('textbox', { name: 'Brand or dataset' }).fill('stock')
  await expect(page.getByRole('columnheader')).toHaveText(['Brand', 'Stock'])
  await page.getByRole('textbox', { name: 'Brand or dataset' }).fill('nothing like it')
  await expect(page.getByText('No dataset matches these filters')).toBeVisible()
  await page.getByRole('status').getByRole('button', { name: 'Clear filters' }).click()
  await expect(brands).toHaveCount(2)
})

test('the worst brand is on top, or the first by name', async ({ page, agent }) => {
  const fine = await agent.brand('Aaa')
  await addStatus(agent, fine, 'templates_scraped', { ageHours: 1 })
  await addShops(agent)
  await page.goto(agent.at('freshness-matrix'))
  const brands = page.getByRole('rowheader')
  await expect(brands).toContainText(['Acme', 'Aaa', 'Zenith'])
  await page.getByText('By name', { exact: true }).click()
  await expect(brands).toContainText(['Aaa', 'Acme', 'Zenith'])
})

test('empty and failed are told apart', async ({ page, agent, complaints }) => {
  await page.goto(agent.at('freshness-matrix'))
  await expect(page.getByText('No datasets yet')).toBeVisible()
  await page.route('**/rpc/freshness/board*', (route) => route.abort())
  await page.reload()
  await expect(page.getByRole('alert')).toContainText('The agent does not answer.')
  await expect(page.getByText(/no datasets/i)).toBeHidden()
  await page.unroute('**/rpc/freshness/board*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('No datasets yet')).toBeVisible()
  complaints.length = 0
})

test('the CSV holds exactly what is shown, and nothing that a spreadsheet would compute', async ({ page, agent }) => {
  const formula = await agent.brand('=HYPERLINK("http://example.com")')
  await addStatus(agent, formula, 'orders', { ageHours: 9, lastStatus: 'failed', error: 'broken' })
  const other = await agent.brand('Other, Inc.')
  await addStatus(agent, other, 'stock', { ageHours: 1 })
  await page.goto(agent.at('freshness-matrix', { sort: 'name' }))
  await expect(page.getByRole('rowheader')).toHaveCount(2)
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export CSV' }).click()
  const file = await downloading
  expect(file.suggestedFilename()).toBe('freshness.csv')
  const text = await readFile(await file.path(), 'utf8')
  expect(text.charAt(0)).toBe('\uFEFF')
  expect(text.slice(1).split('\r\n').toSorted()).toEqual(
    [
      '',
      'brand,brand_id,dataset,dataset_key,freshness,last_attempt,suspicious',
      `"'=HYPERLINK(""http://example.com"")",${formula},Orders,orders,stale,failed,false`,
      `"Other, Inc.",${other},Stock,stock,fresh,completed,false`,
    ].toSorted(),
  )
})

test('50,000 cells: only what is in view is drawn, both ways, and the headers stay', async ({ page, agent }) => {
  await agent.sql.query(
    `with added as (
       insert into brands (organization_id, name) select $1::uuid, 'Brand ' || lpad(n::text, 4, '0') from generate_series(1, 1000) n
       returning id
     )
     insert into dataset_status (brand_id, dataset_key, organization_id, last_success_at, last_attempt_at, last_status)
     select id, 'set_' || lpad(k::text, 2, '0'), $1::uuid, now(), now(), 'completed' from added, generate_series(1, 50) k`,
    [agent.organizationId],
  )
  await page.goto(agent.at('freshness-matrix', { sort: 'name', zoom: 'ages' }))
  await expect(page.getByRole('heading', { level: 1 })).toContainText('50,000 datasets of 1,000 brands')
  await grid(page).focus()
  await page.keyboard.press('Control+End')
  await expect(cell(page, 'Brand 1000, .*set_50')).toBeInViewport({ ratio: 0.9 })
  await expect(page.getByRole('rowheader', { name: 'Brand 1000' })).toBeInViewport({ ratio: 0.9 })
  await expect(page.getByRole('columnheader', { name: /set_50/ })).toBeInViewport({ ratio: 0.9 })
  expect(await page.getByRole('gridcell').count()).toBeLessThan(1_500)
})

test('what the board no longer has is not among what was chosen, and the rest can be fixed', async ({
  page,
  agent,
  complaints,
}) => {
  await addStale(agent)
  await page.goto(agent.at('freshness-matrix', { sort: 'name' }))
  await cell(page, 'Alpha, Stock: stale').click({ modifiers: ['Control'] })
  await cell(page, 'Beta, Stock: stale').click({ modifiers: ['Control'] })
  const footer = page.getByRole('toolbar', { name: 'Chosen cells' })
  await expect(footer).toContainText('2 datasets chosen')
  await agent.sql.query("update brands set archived_at = now() where name = 'Beta' and organization_id = $1::uuid", [
    agent.organizationId,
  ])
  await expect(footer).toContainText('1 dataset chosen')
  await page.getByRole('button', { name: 'Fix 1 dataset' }).click()
  await expect(page.getByRole('dialog')).toContainText('load_orders for Alpha: Stock')
  // Its facts may be asked for once more before the board is there without it.
  complaints.length = 0
})
