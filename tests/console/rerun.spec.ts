import { expect, test } from './support/fixtures.ts'
import { addEndedRun, addSchedule } from './support/seed.ts'

test('a rerun of a run that recorded no parameters says and uses those of its job', async ({ page, agent }) => {
  const brandId = await agent.brand('Acme')
  const jobId = await addSchedule(agent, brandId, { name: 'Talks', job_type: 'talks', parameters: { lines: 9 } })
  const runId = await addEndedRun(agent, jobId, { status: 'failed', problem: 'failed', parameters: null })
  await page.goto(agent.at('run-history', { open: `run:${runId}` }))
  const drawer = page.getByRole('complementary', { name: 'Run details' })
  const rerun = drawer.getByRole('button', { name: 'Rerun Talks for Acme with the parameters of its job' })
  await rerun.focus()
  await expect(page.getByRole('tooltip')).toHaveText(/^talks, lines 9\. The run did not record its parameters/)

  await drawer.getByRole('button', { name: 'Rerun with other parameters' }).click()
  const form = page.getByRole('dialog', { name: 'Rerun with other parameters' })
  await expect(form.getByLabel('lines')).toHaveValue('9')
  await expect(form).toContainText('The run did not record its parameters; these are the job’s.')
  await page.keyboard.press('Escape')

  await drawer.getByRole('tab', { name: 'Parameters' }).click()
  await expect(drawer.getByRole('tabpanel')).toContainText(/not recorded.*A rerun uses those of its job:.*"lines": 9/s)

  await rerun.click()
  await expect(page.getByText('Talks is queued.')).toBeVisible()
  const { rows } = await agent.sql.query(
    `select parameters from scheduled_jobs where brand_id = $1::uuid and schedule_type = 'one_time'`,
    [brandId],
  )
  expect(rows).toEqual([{ parameters: { lines: 9 } }])
})

test('parameters that cannot be read are not replaced by others: a rerun says why not', async ({ page, agent }) => {
  const jobId = await addSchedule(agent, await agent.brand('Acme'), { name: 'Talks', job_type: 'talks' })
  const runId = await addEndedRun(agent, jobId, {
    status: 'failed',
    problem: 'failed',
    parameters: JSON.stringify({ ids: Array.from({ length: 200_000 }, (_, n) => `id ${n}`) }),
  })
  await page.goto(agent.at('run-history', { open: `run:${runId}` }))
  const drawer = page.getByRole('complementary', { name: 'Run details' })
  await drawer.getByRole('button', { name: /^Rerun Talks for Acme/ }).focus()
  await expect(page.getByRole('tooltip')).toHaveText('Its parameters cannot be read.')
  await expect(drawer.getByRole('button', { name: 'Rerun with other parameters' })).toBeDisabled()
})

test('a failed run leads to what else failed like it: other brands, other numbers, not other errors', async ({
  page,
  agent,
}) => {
  const failed = { status: 'failed', problem: 'failed' }
  const runs: string[] = []
  for (const [brand, error] of Object.entries({
    Acme: 'HTTP 429 at the image host (request 17)',
    Beta: 'HTTP 503 at the image host (request 18)',
    Zenith: 'No route to the warehouse',
  })) {
    const jobId = await addSchedule(agent, await agent.brand(brand))
    runs.push(await addEndedRun(agent, jobId, { ...failed, error_message: error }))
  }
  await page.goto(agent.at('run-history', { open: `run:${runs[0]}` }))
  const list = page.getByRole('table', { name: 'Runs, the newest first' }).locator('tbody tr:not([aria-hidden])')
  await expect(list).toHaveCount(3)
  await page.getByRole('link', { name: 'What else failed like this in the last 24 hours' }).click()
  await expect(list).toHaveCount(2)
  await expect(page.getByRole('textbox', { name: 'Errors and logs' })).toHaveValue('at the image host (request')
  await expect(list.filter({ hasText: 'Beta' })).toHaveCount(1)
})
