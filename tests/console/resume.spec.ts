import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { addJob, only } from '../support/job-rows.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addEndedRun, addSchedule } from './support/seed.ts'

/** A real run of extract → publish that has failed for good at publish. */
async function failedRun(agent: Workspace, brandId: string) {
  const jobId = await addJob(agent.sql, {
    brand_id: brandId,
    name: 'Publish',
    job_type: 'publish_orders',
    max_retries: 0,
    trigger_source: 'manual',
  })
  await expect
    .poll(async () => {
      const { rows } = await agent.sql.query<{ last: string | null }>(
        'select last_run_status as last from scheduled_jobs where id = $1',
        [jobId],
      )
      return only(rows).last
    })
    .toBe('failed')
  const { rows } = await agent.sql.query<{ id: string }>('select last_run_id as id from scheduled_jobs where id = $1', [
    jobId,
  ])
  return { jobId, runId: only(rows).id }
}

const open = (agent: Workspace, brandId: string) =>
  writeFile(join(agent.process.temporaryFolder, `open-${brandId}`), '')

const resumedRun = async (agent: Workspace, runId: string) => {
  const { rows } = await agent.sql.query<{ id: string; status: string }>(
    `select id, status from scheduled_job_runs where continues_run_id = $1`,
    [runId],
  )
  return rows[0]
}

const drawerOf = (page: Page) => page.getByRole('complementary', { name: 'Run details' })

test('a failed run is resumed at the step at which it failed, and the new run says what it continues', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  const { runId } = await failedRun(agent, brandId)
  await open(agent, brandId)
  await page.goto(agent.at('run-history', { open: `run:${runId}` }))
  const drawer = drawerOf(page)
  const button = drawer.getByRole('button', { name: 'Resume at "publish": Publish for Acme' })
  await button.focus()
  await expect(page.getByRole('tooltip')).toHaveText('Not done again: extract.')
  await button.click()
  await expect(page.getByText('Publish is queued, to begin with step publish.')).toBeVisible()
  await expect.poll(async () => (await resumedRun(agent, runId))?.status).toBe('completed')
  const resumed = await resumedRun(agent, runId)
  await expect(drawer.getByText(/run\.resume/)).toBeVisible()

  await page.goto(agent.at('run-history', { open: `run:${resumed?.id}` }))
  await expect(drawer.getByText('Continues')).toBeVisible()
  await expect(drawer.getByRole('button', { name: /^Resume at/ })).toHaveCount(0)
  await drawer.getByRole('tab', { name: 'Steps 2' }).click()
  await expect(drawer.getByRole('listitem').filter({ hasText: 'extract' })).toContainText(
    `Done by run ${runId.slice(-8)}`,
  )
  await drawer.getByRole('button', { name: `run ${runId.slice(-8)}` }).click()
  await expect(page).toHaveURL(new RegExp(runId))
})

test('the menu of a failed job and the key of a failed run offer it; a type that does not allow it is not offered', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  await failedRun(agent, brandId)
  await page.goto(agent.at('active-jobs'))
  await page.getByRole('button', { name: 'Actions for Publish' }).click()
  await expect(page.getByRole('menuitem', { name: 'Resume at "publish"' })).toBeVisible()
  await page.keyboard.press('Escape')

  await page.goto(agent.at('run-history'))
  const list = page.getByRole('table', { name: 'Runs, the newest first' }).locator('tbody tr:not([aria-hidden])')
  await expect(list).toContainText('Failed')
  await list.first().focus()
  await page.keyboard.press('s')
  const asked = page.getByRole('alertdialog')
  await expect(asked).toContainText('Resume at "publish": Publish for Acme? Not done again: extract.')
  await asked.getByRole('button', { name: 'Cancel' }).click()

  const other = await addSchedule(agent, brandId, { name: 'Talks', job_type: 'talks' })
  const otherRun = await addEndedRun(agent, other, { status: 'failed', problem: 'failed' })
  await page.goto(agent.at('run-history', { open: `run:${otherRun}` }))
  await expect(drawerOf(page).getByRole('button', { name: /^Rerun Talks/ })).toBeVisible()
  await expect(drawerOf(page).getByRole('button', { name: /^Resume/ })).toHaveCount(0)
})

/** A run that ended in the middle of a step that must not be repeated. */
async function unknownRun(agent: Workspace, brandId: string) {
  const jobId = await addSchedule(agent, brandId, { name: 'Create ads', job_type: 'talks' })
  const runId = await addEndedRun(agent, jobId, {
    status: 'failed',
    problem: 'outcome_unknown',
    error_message: 'create: no answer',
  })
  await agent.sql.query(
    `insert into run_steps (run_id, position, step_key, status, fatal, dataset_key, started_at, completed_at, metadata)
     select id, 0, 'create', 'unknown', true, 'stock', started_at, completed_at, '{"retry": "never"}' from scheduled_job_runs where id = $1`,
    [runId],
  )
  return { jobId, runId }
}

test('an outcome that nobody knows: it was done, with a note; the run says who found that out', async ({
  page,
  agent,
}) => {
  const brandId = await agent.brand('Acme')
  const { runId } = await unknownRun(agent, brandId)
  await page.goto(agent.at('run-history', { open: `run:${runId}` }))
  const question = drawerOf(page).getByRole('region', { name: 'Was it done?' })
  await question.getByRole('button', { name: 'It was done…' }).click()
  const form = page.getByRole('dialog', { name: 'It was done' })
  await form.getByLabel(/counts as of/).fill('2099-01-01T09:00')
  await expect(form).toContainText('This is in the future.')
  await expect(form.getByRole('button', { name: 'It was done' })).toBeDisabled()
  await form.getByLabel(/counts as of/).fill('')
  await form.getByLabel('Note').fill('Twelve ads are there')
  await form.getByRole('button', { name: 'It was done' }).click()
  const found = drawerOf(page).getByRole('region', { name: 'What was found out' })
  await expect(found).toContainText('Confirmed done by')
  await expect(found).toContainText('Twelve ads are there')
  await expect(drawerOf(page)).toContainText('Outcome unknown')
  const { rows } = await agent.sql.query(
    `select status.last_success_at = run.started_at as same from dataset_status status, scheduled_job_runs run
     where status.brand_id = $1 and status.dataset_key = 'stock' and run.id = $2`,
    [brandId, runId],
  )
  expect(rows).toEqual([{ same: true }])
})

test('an outcome that nobody knows: what one operator decides, the other sees at once in place of the question', async ({
  page,
  agent,
}) => {
  const { runId } = await unknownRun(agent, await agent.brand('Acme'))
  await page.goto(agent.at('run-history', { open: `run:${runId}` }))
  await page.getByRole('button', { name: 'It was not done: run again' }).click()
  const ask = page.getByRole('dialog', { name: 'It was not done' })
  await expect(ask).toContainText('If its work was done after all, it is done twice.')
  const said = await agent.process.pm('confirm', runId, '--done', '--note', 'by hand')
  expect(said).toContain('is confirmed as done.')
  await expect(page.getByRole('region', { name: 'What was found out' })).toContainText('by hand')
  await expect(page.getByRole('button', { name: 'It was not done: run again' })).toHaveCount(0)
})
