import type { Page } from '@playwright/test'
import { expect, test } from './support/fixtures.ts'
import { addJobsInEveryState, addShops } from './support/seed.ts'

/** By the name of a call: every input that it was asked with. */
function inputsOf(page: Page): ReadonlyMap<string, ReadonlySet<string>> {
  const inputs = new Map<string, Set<string>>()
  page.on('request', (request) => {
    const [, call] = /\/rpc\/(.+)$/.exec(new URL(request.url()).pathname) ?? []
    if (call !== undefined) inputs.set(call, (inputs.get(call) ?? new Set()).add(request.postData() ?? ''))
  })
  return inputs
}

const ofTheFrame = ['session/get', 'session/brands', 'jobs/counts', 'freshness/summary', 'incidents/centre']

for (const [path, firstRow, ownCalls] of [
  ['health', 'main li[data-index]', { 'freshness/board': 1 }],
  ['schedules', 'tr[data-index]', { 'jobs/list': 2, 'jobs/counts': 2 }],
  ['active-jobs', 'tr[data-index]', { 'jobs/list': 1 }],
  ['freshness-matrix', '[role="gridcell"]', { 'freshness/board': 1 }],
] as const) {
  test(`what is asked before ${path} is there is what it shows: nothing is asked in vain`, async ({ page, agent }) => {
    const { acme } = await addShops(agent)
    await addJobsInEveryState(agent, acme)
    const inputs = inputsOf(page)
    await page.goto(agent.at(path))
    await expect(page.locator(firstRow).first()).toBeVisible()
    const expected = { ...Object.fromEntries(ofTheFrame.map((call) => [call, 1])), ...ownCalls }
    const asked = Object.keys(expected).map((call) => [call, inputs.get(call)?.size ?? 0])
    expect(Object.fromEntries(asked)).toEqual(expected)
  })
}

test('signed out, what was asked ahead fails silently, and is asked again after signing in', async ({
  page,
  agent,
  context,
  complaints,
}) => {
  await agent.brand('Acme')
  await page.goto(agent.at('health'))
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  const cookies = await context.cookies()
  await context.clearCookies()
  await page.goto(agent.at('health'))
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  // The browser itself tells of each answer 401.
  complaints.length = 0
  await context.addCookies(cookies)
  await page.reload()
  await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.getByRole('alert')).toHaveCount(0)
})
