import type { Locator, Page } from '@playwright/test'
import { spreadOffset } from '../../shared/spread.ts'
import { expectAccessible } from './support/accessible.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addSchedule, choose, row, stored } from './support/schedules.ts'
import { overflow } from './support/seed.ts'

const form = (page: Page): Locator => page.getByRole('form', { name: 'New schedule' })
const plan = (page: Page): Locator => page.getByRole('region', { name: 'Who gets one' })
const bar = (page: Page): Locator => page.getByRole('toolbar', { name: 'Selected schedules' })
const dialog = (page: Page): Locator => page.getByRole('dialog', { name: /^Change \d+ schedules?$/ })
const outlook = (page: Page): Locator => page.getByRole('region', { name: 'What will change' })
const select = (page: Page, name: string): Promise<void> =>
  page.getByRole('checkbox', { name: new RegExp(`^Select ${name}`) }).check()

async function brands(agent: Workspace, ...names: string[]): Promise<string[]> {
  const ids: string[] = []
  for (const name of names) ids.push(await agent.brand(name))
  return ids
}

async function crons(agent: Workspace, brandIds: readonly string[]): Promise<string[][]> {
  const all: string[][] = []
  for (const id of brandIds) all.push((await stored(agent, id)).map((job) => job.cron_expression))
  return all
}

test('a schedule for every brand that has none: said exactly before, spread, and taken back at once', async ({
  page,
  agent,
}) => {
  const [acme = '', beta = '', gamma = ''] = await brands(agent, 'Acme', 'Beta', 'Gamma')
  await addSchedule(agent, beta, { cron_expression: '5 5 * * *', name: 'Old' })
  await page.goto(agent.at('schedules', { edit: 'new' }))
  await choose(page, 'Job type', /load_orders/)
  await page.getByRole('button', { name: 'Choose all 2 brands that have none yet' }).click()
  await expect(plan(page)).toContainText('2 schedules will be made.')
  await expect(plan(page)).toContainText('Made for: Acme, Gamma.')
  await choose(page, 'Brands', 'Beta')
  await page.keyboard.press('Escape')
  await expect(plan(page)).toContainText('1 left alone: they have one already.')
  await expect(plan(page)).toContainText('Left alone: Beta: Old.')
  await page.getByLabel('Spread over, minutes').fill('30')
  const later = Math.abs(spreadOffset(acme, 30) - spreadOffset(gamma, 30))
  await expect(plan(page)).toContainText(`the last ${later} minute`)
  await page.getByRole('button', { name: 'Create 2 schedules' }).click()
  await expect(form(page)).toBeHidden()
  await expect(page.getByText('2 of 3 brands got a schedule; 1 not.')).toBeVisible()
  const at = (id: string): string[] => [`${spreadOffset(id, 30)} 6 * * *`]
  expect(await crons(agent, [acme, beta, gamma])).toEqual([at(acme), ['5 5 * * *'], at(gamma)])
  await page.getByRole('button', { name: 'Undo: archive' }).click()
  await expect(row(page, 'Old')).toHaveCount(1)
  await expect(page.getByText('2 of 2 jobs archived.')).toBeVisible()
  expect((await stored(agent, acme)).map(({ status }) => status)).toEqual(['archived'])
})

test('an answer that was lost: sent again it makes one for each brand, and counts those that were made', async ({
  page,
  agent,
  complaints,
}) => {
  const ids = await brands(agent, 'Acme', 'Beta')
  await page.goto(agent.at('schedules', { edit: 'new' }))
  await choose(page, 'Job type', /load_orders/)
  await page.getByRole('button', { name: 'Choose all 2 brands that have none yet' }).click()
  // The agent does it, and nobody hears of it. What it has made is not seen either.
  await page.route('**/schedules/coverage', (route) => route.abort())
  await page.route('**/schedules/createMany', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await page.getByRole('button', { name: 'Create 2 schedules' }).click()
  await expect(form(page).getByRole('alert')).toContainText('It is not known whether it was done')
  expect((await crons(agent, ids)).flat()).toHaveLength(2)
  await page.unroute('**/schedules/createMany')
  await page.getByRole('button', { name: /^Create 2 schedules/ }).click()
  await expect(page.getByText('2 of 2 brands got a schedule.')).toBeVisible()
  expect((await crons(agent, ids)).flat()).toHaveLength(2)
  complaints.splice(0)
})

test('what is ticked of many schedules changes, the preview says what will, and one Undo puts all of it back', async ({
  page,
  agent,
}) => {
  const [acme = '', beta = '', gamma = ''] = await brands(agent, 'Acme', 'Beta', 'Gamma')
  await addSchedule(agent, acme, { name: 'First' })
  await addSchedule(agent, beta, { name: 'Second', cron_expression: '30 7 * * 1', max_retries: 1 })
  await addSchedule(agent, gamma, { name: 'Third', cron_expression: '0 8 * * *', max_retries: 5 })
  await page.goto(agent.at('schedules'))
  for (const name of ['First', 'Second', 'Third']) await select(page, name)
  await expect(bar(page)).toContainText('3 schedules selected')
  await bar(page).getByRole('button', { name: 'Change…' }).click()
  await expect(dialog(page).getByRole('button', { name: 'Change', exact: true })).toBeDisabled()
  await dialog(page).getByRole('checkbox', { name: 'Retries' }).check()
  await dialog(page).getByLabel('Retries after a failure').fill('5')
  await expect(outlook(page)).toContainText('2 schedules will change. 1 is like this already, 0 cannot be changed.')
  await dialog(page).getByRole('checkbox', { name: 'Cadence and time zone' }).check()
  await dialog(page).getByLabel('Cron expression').fill('0 8 * * *')
  await expect(outlook(page)).toContainText('2 schedules will change. 1 is like this already')
  await dialog(page).getByRole('button', { name: 'Change 2 schedules' }).click()
  await expect(page.getByText('2 of 2 schedules changed.')).toBeVisible()
  await expect(dialog(page)).toBeHidden()
  expect(await crons(agent, [acme, beta, gamma])).toEqual([['0 8 * * *'], ['0 8 * * *'], ['0 8 * * *']])
  const [second] = await stored(agent, beta)
  expect(second).toMatchObject({ name: 'Second', max_retries: 5, version: 2, timeout_minutes: null })
  const { rows } = await agent.sql.query(`select from operator_actions where organization_id = $1`, [
    agent.organizationId,
  ])
  expect(rows).toHaveLength(2)
  await page.getByRole('button', { name: 'Undo: change back' }).click()
  await expect(page.getByText('2 of 2 schedules changed back.')).toBeVisible()
  expect(await crons(agent, [acme, beta, gamma])).toEqual([['0 6 * * *'], ['30 7 * * 1'], ['0 8 * * *']])
  expect(await stored(agent, beta)).toMatchObject([{ max_retries: 1, version: 3 }])
})

test('what cannot change is said with its reason, and what somebody saved meanwhile is not overwritten', async ({
  page,
  agent,
}) => {
  const [acme = '', beta = ''] = await brands(agent, 'Acme', 'Beta')
  await addSchedule(agent, acme, { name: 'Mine' })
  const theirs = await addSchedule(agent, beta, { name: 'Theirs' })
  await page.goto(agent.at('schedules'))
  await select(page, 'Mine')
  await select(page, 'Theirs')
  await bar(page).getByRole('button', { name: 'Change…' }).click()
  await agent.sql.query('update scheduled_jobs set max_retries = 9, version = 2 where id = $1', [theirs])
  await dialog(page).getByRole('checkbox', { name: 'Priority' }).check()
  await choose(page, 'Priority', 'High')
  await expect(outlook(page)).toContainText('1 schedule will change.')
  await expect(outlook(page)).toContainText('Theirs for Beta: It was changed by somebody else')
  await dialog(page).getByRole('button', { name: 'Change 1 schedule' }).click()
  await expect(page.getByText('The schedule of Mine is changed.')).toBeVisible()
  expect(await stored(agent, acme)).toMatchObject([{ priority: 2 }])
  expect(await stored(agent, beta)).toMatchObject([{ priority: 1, max_retries: 9, version: 2 }])
  // What was refused before anything was sent is what is left to do.
  await expect(bar(page)).toContainText('1 schedule selected')
  await expect(page.getByRole('checkbox', { name: /^Select Theirs/ })).toBeChecked()
})

test('what is being changed stays open with what was ticked when its rows leave the list', async ({ page, agent }) => {
  const [acme = ''] = await brands(agent, 'Acme')
  await addSchedule(agent, acme, { name: 'Mine' })
  await page.goto(agent.at('schedules', { state: 'active' }))
  await select(page, 'Mine')
  await bar(page).getByRole('button', { name: 'Change…' }).click()
  await dialog(page).getByRole('checkbox', { name: 'Timeout' }).check()
  await dialog(page)
    .getByLabel(/^Timeout, minutes/)
    .fill('45')
  await agent.sql.query(`update scheduled_jobs set status = 'paused', next_run_at = null where brand_id = $1`, [acme])
  await expect(row(page, 'Mine')).toHaveCount(0)
  await expect(bar(page)).toBeHidden()
  await expect(dialog(page).getByLabel(/^Timeout, minutes/)).toHaveValue('45')
  await dialog(page).getByRole('button', { name: 'Change 1 schedule' }).click()
  await expect(page.getByText('The schedule of Mine is changed.')).toBeVisible()
  expect(await stored(agent, acme)).toMatchObject([{ timeout_minutes: 45, status: 'paused' }])
})

test('all that match are selected at once, paused, and resumed by Undo', async ({ page, agent }) => {
  const acme = await agent.brand('Acme')
  await agent.sql.query(
    `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, cron_expression, next_run_at, concurrency_key)
     select $1::uuid, 'Job ' || lpad(n::text, 3, '0'), 'load_orders', 'recurring', '0 3 * * *',
       now() + n * interval '1 minute', 'key ' || n
     from generate_series(1, 120) n`,
    [acme],
  )
  await page.goto(agent.at('schedules'))
  await expect(page.getByRole('checkbox', { name: 'Select Job 001 for Acme' })).toBeVisible()
  await page.getByRole('checkbox', { name: 'Select everything loaded' }).check()
  await bar(page).getByRole('button', { name: 'Select all 120 that match' }).click()
  await expect(bar(page)).toContainText('120 schedules selected')
  await bar(page).getByRole('button', { name: 'Pause 120' }).click()
  await expect(page.getByText('120 of 120 jobs paused.')).toBeVisible()
  const paused = async (): Promise<number> =>
    (await stored(agent, acme)).filter(({ status }) => status === 'paused').length
  expect(await paused()).toBe(120)
  await page.getByRole('button', { name: 'Undo: resume' }).click()
  await expect(page.getByText('120 of 120 jobs resumed.')).toBeVisible()
  expect(await paused()).toBe(0)
})

test('by keyboard alone: select rows, open Change, tick, and save', async ({ page, agent }) => {
  const [acme = '', beta = ''] = await brands(agent, 'Acme', 'Beta')
  await addSchedule(agent, acme, { name: 'First' })
  await addSchedule(agent, beta, { name: 'Second', next_run_at: new Date(Date.now() + 7_200_000) })
  await page.goto(agent.at('schedules'))
  await row(page, 'First').focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Shift+ArrowDown')
  await expect(bar(page)).toContainText('2 schedules selected')
  await bar(page).getByRole('button', { name: 'Change…' }).focus()
  await page.keyboard.press('Enter')
  await dialog(page).getByRole('checkbox', { name: 'Timeout' }).focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Tab')
  await page.keyboard.type('45')
  await expect(outlook(page)).toContainText('2 schedules will change.')
  await page.keyboard.press('Enter')
  await expect(page.getByText('2 of 2 schedules changed.')).toBeVisible()
  expect(await stored(agent, acme)).toMatchObject([{ timeout_minutes: 45 }])
  expect(await stored(agent, beta)).toMatchObject([{ timeout_minutes: 45 }])
})

test('at 390 px nothing scrolls sideways, neither the form of many brands nor the dialog', async ({ page, agent }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  const [acme = ''] = await brands(agent, 'Acme', 'Beta', 'A brand whose name is so long that it does not fit')
  await addSchedule(agent, acme)
  await page.goto(agent.at('schedules'))
  await select(page, 'Nightly orders')
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  const sideways = await page
    .getByTestId('data-list')
    .first()
    .evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)
  expect(sideways).toBeLessThanOrEqual(0)
  await bar(page).getByRole('button', { name: 'Change…' }).click()
  await dialog(page).getByRole('checkbox', { name: 'Cadence and time zone' }).check()
  await dialog(page).getByRole('checkbox', { name: 'Overlap' }).check()
  await expect(outlook(page)).toContainText('0 schedules will change.')
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  await page.goto(agent.at('schedules', { edit: 'new' }))
  await choose(page, 'Job type', /load_orders/)
  await page.getByRole('button', { name: 'Choose all 2 brands that have none yet' }).click()
  await expect(plan(page)).toContainText('2 schedules will be made.')
  expect(await overflow(page)).toBeLessThanOrEqual(0)
})

test('axe: the form of many brands, the bar of selected schedules and the dialog that changes them', async ({
  page,
  agent,
}) => {
  const [acme = ''] = await brands(agent, 'Acme', 'Beta', 'Gamma')
  await addSchedule(agent, acme)
  await page.goto(agent.at('schedules', { edit: 'new' }))
  await choose(page, 'Job type', /load_orders/)
  await page.getByRole('button', { name: 'Choose all 2 brands that have none yet' }).click()
  await expect(plan(page)).toContainText('2 schedules will be made.')
  await expectAccessible(page, 'new schedule for many brands')
  await page.goto(agent.at('schedules'))
  await select(page, 'Nightly orders')
  await expectAccessible(page, 'selected schedules')
  await bar(page).getByRole('button', { name: 'Change…' }).click()
  for (const part of ['Cadence and time zone', 'Retries', 'Timeout', 'Priority', 'Overlap', 'Catch-up']) {
    await dialog(page).getByRole('checkbox', { name: part }).check()
  }
  await expect(outlook(page)).toContainText('0 schedules will change. 1 is like this already')
  await expectAccessible(page, 'change schedules')
})
