/** A double click, a key that is hit twice and a key that is held down are one press: they start one piece of work. */
import type { Locator, Page } from '@playwright/test'
import { expect, test } from './support/fixtures.ts'
import { addEndedRun, addSchedule, queuedByPeople } from './support/seed.ts'

/** Once more as soon as the first press is answered and told, which is when it no longer waits. Quicker than any hand, on any machine. */
async function pressTwice(page: Page, button: Locator, told: string): Promise<void> {
  await button.evaluate(async (element, text) => {
    const press = () => (element as HTMLElement).click()
    press()
    while (!document.body.innerText.includes(text) || element.hasAttribute('disabled')) {
      await new Promise(requestAnimationFrame)
    }
    press()
  }, told)
  // Whatever the second press has sent is answered before this is.
  await page.evaluate(() => fetch('/'))
}

test('a double click on Rerun makes one job', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  const runId = await addEndedRun(agent, await addSchedule(agent, brandId), { status: 'failed', problem: 'failed' })
  await page.goto(agent.at('run-history', { open: `run:${runId}` }))
  const rerun = page.getByRole('button', { name: /^Rerun Nightly orders for Acme/ })
  await rerun.dblclick()
  await expect(page.getByText('Nightly orders is queued.').first()).toBeVisible()
  expect(await queuedByPeople(agent, brandId)).toBe(1)
})

test('twice on Rerun without a pointer, the second when the first is answered, makes one job', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  const runId = await addEndedRun(agent, await addSchedule(agent, brandId), { status: 'failed', problem: 'failed' })
  await page.goto(agent.at('run-history', { open: `run:${runId}` }))
  await pressTwice(
    page,
    page.getByRole('button', { name: /^Rerun Nightly orders for Acme/ }),
    'Nightly orders is queued.',
  )
  expect(await queuedByPeople(agent, brandId)).toBe(1)
})

test('twice on Run now without a pointer, the second when the first is answered, makes one job', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId)
  await page.goto(agent.at('active-jobs', { open: `job:${jobId}` }))
  await pressTwice(page, page.getByRole('button', { name: 'Run now: load_orders for Acme' }), 'load_orders is queued.')
  expect(await queuedByPeople(agent, brandId)).toBe(1)
})

test('a double click on the answer of a selection starts each job once', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  for (const name of ['Load one', 'Load two']) await addSchedule(agent, brandId, { name, concurrency_key: name })
  await page.goto(agent.at('active-jobs'))
  await page.getByRole('checkbox', { name: 'Select everything loaded' }).check()
  await page.getByRole('toolbar', { name: 'Selected jobs' }).getByRole('button', { name: 'Run now 2' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Run now 2 jobs' }).dblclick()
  await expect(page.getByText('2 of 2 jobs queued to run now.').first()).toBeVisible()
  await page.evaluate(() => fetch('/'))
  expect(await queuedByPeople(agent, brandId)).toBe(2)
})

test('a double click on Run now in the menu of a row makes one job', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  await addSchedule(agent, brandId)
  await page.goto(agent.at('active-jobs'))
  await page.getByRole('button', { name: 'Actions for Nightly orders' }).click()
  await page.getByRole('menuitem', { name: 'Run now' }).dblclick()
  await expect(page.getByText('Nightly orders is queued.').first()).toBeVisible()
  await page.evaluate(() => fetch('/'))
  expect(await queuedByPeople(agent, brandId)).toBe(1)
})

test('a selection whose answer was lost and that is not the same any more starts each job once', async ({
  page,
  agent,
  complaints,
}) => {
  const brandId = await agent.brand('Acme')
  for (const name of ['Load one', 'Load two', 'Load three'])
    await addSchedule(agent, brandId, { name, concurrency_key: name })
  await page.goto(agent.at('active-jobs'))
  for (const name of ['Load one', 'Load two'])
    await page.getByRole('checkbox', { name: `Select ${name} for Acme` }).check()
  const bar = page.getByRole('toolbar', { name: 'Selected jobs' })
  const press = async (count: number): Promise<void> => {
    await bar.getByRole('button', { name: `Run now ${count}` }).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: `Run now ${count} jobs` })
      .click()
  }
  // The agent does it, and its answer does not arrive.
  await page.route('**/rpc/jobs/act', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await press(2)
  await expect(page.getByRole('alert')).toContainText('It is not known whether it was done')
  expect(await queuedByPeople(agent, brandId)).toBe(2)
  await page.unroute('**/rpc/jobs/act')
  await page.getByRole('alert').getByRole('button').click()
  // The job that the first press has made may be listed by now, under the same name.
  await page.getByRole('checkbox', { name: 'Select Load one for Acme', checked: true }).uncheck()
  await page.getByRole('checkbox', { name: 'Select Load three for Acme' }).check()
  await press(2)
  await expect(page.getByText('1 of 2 jobs queued to run now; 1 not.')).toBeVisible()
  expect(await queuedByPeople(agent, brandId)).toBe(3)
  complaints.length = 0
})
