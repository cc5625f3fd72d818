import type { Locator, Page } from '@playwright/test'
import { addJob } from '../../support/job-rows.ts'
import type { Workspace } from './fixtures.ts'

const sixOClock = { cron_expression: '0 6 * * *', time_zone: 'Europe/Berlin' }

export async function addSchedule(agent: Workspace, brandId: string, columns: Readonly<Record<string, unknown>> = {}) {
  return addJob(agent.sql, {
    brand_id: brandId,
    job_type: 'load_orders',
    name: 'Nightly orders',
    next_run_at: new Date(Date.now() + 3_600_000),
    ...sixOClock,
    ...columns,
  })
}

interface Stored {
  readonly id: string
  readonly name: string
  readonly cron_expression: string
  readonly time_zone: string
  readonly status: string
  readonly max_retries: number
  readonly overlap_policy: string
  readonly catch_up_policy: string
  readonly timeout_minutes: number | null
  readonly concurrency_key: string | null
  readonly parameters: unknown
  readonly version: number
}

export async function stored(agent: Workspace, brandId: string): Promise<readonly Stored[]> {
  const { rows } = await agent.sql.query<Stored>(
    "select * from scheduled_jobs where brand_id = $1 and schedule_type = 'recurring' order by created_at, id",
    [brandId],
  )
  return rows
}

export function row(page: Page, name: string): Locator {
  return page.getByRole('row').filter({ hasText: name })
}

export async function choose(page: Page, field: string, option: string | RegExp): Promise<void> {
  await page.getByRole('combobox', { name: field }).click()
  await page.getByRole('option', { name: option }).click()
}
