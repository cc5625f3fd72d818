import type { Page } from '@playwright/test'
import { addCheck } from '../support/ping-rows.ts'
import { expectAccessible } from './support/accessible.ts'
import { expect, test, type Workspace } from './support/fixtures.ts'
import { addJobsInEveryState, addShops, overflow } from './support/seed.ts'

const pages = [
  'health',
  'schedules',
  'active-jobs',
  'run-history',
  'freshness-matrix',
  'readiness',
  'report',
  'incidents',
  'notifications',
  'admin',
  'settings',
  'ad-performance',
  'ad-scheduler',
  'sources',
]

/** Everything that was asked for is on screen. */
async function settled(page: Page): Promise<void> {
  await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.locator('.mantine-Skeleton-root')).toHaveCount(0)
}

async function fill(agent: Workspace) {
  const shops = await addShops(agent)
  const jobs = await addJobsInEveryState(agent, shops.acme)
  return { ...shops, jobs }
}

for (const path of [...pages, 'nowhere']) {
  test(`axe: ${path} with nothing in it`, async ({ page, agent }) => {
    await page.goto(agent.at(path))
    await expect(page.getByRole('main').locator('h1, strong').first()).toBeVisible()
    await expectAccessible(page, `${path}, empty`)
  })
}

for (const path of pages) {
  test(`axe: ${path} with everything in it`, async ({ page, agent }) => {
    await fill(agent)
    await page.goto(agent.at(path))
    await settled(page)
    await expectAccessible(page, `${path}, full`)
  })
}

for (const path of pages.slice(0, 9)) {
  test(`axe: ${path} whose calls fail`, async ({ page, agent, complaints }) => {
    await agent.brand('Acme')
    await page.route(/\/rpc\/(freshness|jobs|runs|schedules|readiness|report|incidents|notifications)\//, (route) =>
      route.fulfill({ status: 500, body: '' }),
    )
    await page.goto(agent.at(path))
    await expect(page.getByRole('alert').first()).toContainText('The agent could not answer (HTTP 500).')
    await expectAccessible(page, `${path}, failed`)
    complaints.length = 0
  })
}

type Filled = Awaited<ReturnType<typeof fill>>
const drawers: readonly (readonly [string, (filled: Filled) => string, string])[] = [
  ['freshness-matrix', ({ acme }) => `dataset:${acme}:orders`, 'Last 30 days'],
  ['active-jobs', ({ jobs }) => `job:${jobs.dead}`, 'Dead job'],
  ['run-history', ({ failedRun }) => `run:${failedRun}`, 'HTTP 429'],
  ['health', () => 'run:00000000-0000-4000-8000-000000000000', 'There is no run'],
]
for (const [path, open, words] of drawers) {
  test(`axe: the drawer beside ${path} that says "${words}"`, async ({ page, agent, complaints }) => {
    await page.goto(agent.at(path, { open: open(await fill(agent)) }))
    await settled(page)
    await expect(page.getByRole('complementary')).toContainText(words)
    await expectAccessible(page, `${path} with a drawer`)
    complaints.length = 0
  })
}

/** What lies on top of a page, by how it is opened. */
const overlays: Readonly<Record<string, (page: Page, agent: Workspace) => Promise<void>>> = {
  'the form of Run now': async (page, agent) => {
    await page.goto(agent.at('health'))
    await page.getByRole('button', { name: 'Parameters of load_orders' }).first().click()
    await expect(page.getByRole('dialog')).toBeVisible()
  },
  'choices of a filter': async (page, agent) => {
    await page.goto(agent.at('active-jobs'))
    await page.getByRole('button', { name: 'State', exact: true }).click()
    await page.getByRole('checkbox', { name: /^Active/ }).check()
  },
  'the menu of a job': async (page, agent) => {
    await page.goto(agent.at('active-jobs'))
    await page.getByRole('button', { name: 'Actions for Dead job' }).click()
    await expect(page.getByRole('menu')).toBeVisible()
  },
  'a selection of jobs': async (page, agent) => {
    await page.goto(agent.at('active-jobs'))
    await expect(page.getByRole('row', { name: /Dead job/ })).toBeVisible()
    await page.getByRole('checkbox', { name: 'Select everything loaded' }).check()
    await page
      .getByRole('toolbar')
      .getByRole('button', { name: /^Pause/ })
      .click()
    await expect(page.getByRole('dialog')).toContainText('Skips')
  },
  'a question with a dangerous answer': async (page, agent) => {
    const brandId = await agent.brand('Running')
    await agent.sql.query(
      `with job as (
        insert into scheduled_jobs (brand_id, name, job_type, schedule_type, status)
        values ($1, 'Running job', 'nobody_runs_this', 'one_time', 'active') returning id
      )
      insert into scheduled_job_runs (scheduled_job_id, status, started_at) select id, 'running', now() from job`,
      [brandId],
    )
    await page.goto(agent.at('active-jobs'))
    await page.getByRole('button', { name: 'Actions for Running job' }).click()
    await page.getByRole('menuitem', { name: 'Cancel run' }).click()
    await expect(page.getByRole('alertdialog')).toBeVisible()
  },
  'the preview of fixes': async (page, agent) => {
    await page.goto(agent.at('freshness-matrix', { zoom: 'ages' }))
    await expect(page.getByRole('gridcell').first()).toBeVisible()
    await page.getByRole('grid').focus()
    await page.keyboard.press('Control+Home')
    await page.keyboard.press('Shift+Control+End')
    await page.keyboard.press('f')
    await expect(page.getByRole('dialog')).toContainText('Start 1 run')
  },
}
for (const [name, show] of Object.entries(overlays)) {
  test(`axe: ${name}`, async ({ page, agent }) => {
    await fill(agent)
    await show(page, agent)
    await expectAccessible(page, name)
  })
}

test('axe: signing in', async ({ browser, agent }) => {
  const page = await (await browser.newContext()).newPage()
  await page.goto(agent.at('health'))
  await expect(page.getByRole('heading', { name: 'Sign in to Pipeline Manager' })).toBeVisible()
  await expectAccessible(page, 'sign-in')
  await page.context().close()
})

/** Down to what stands last there; 25 elsewhere. */
const steps: Readonly<Record<string, number>> = { schedules: 70, sources: 40 }

for (const path of ['health', 'active-jobs', 'freshness-matrix', 'schedules', 'sources']) {
  test(`2.4.7, 2.4.11: what has the focus on ${path} shows it, and is not covered`, async ({ page, agent }) => {
    const { acme: brandId } = await fill(agent)
    await agent.sql.query(
      `insert into dataset_triggers (brand_id, dataset_key, job_type, created_by, changed_by)
       values ($1, 'orders', 'build_report', 'test', 'test')`,
      [brandId],
    )
    await addCheck(agent.sql, { organizationId: agent.organizationId, brandId })
    await page.goto(agent.at(path, path === 'sources' ? { show: 'pings' } : {}))
    if (path === 'sources') await expect(page.getByRole('row', { name: /Nightly export/ })).toBeVisible()
    else await settled(page)
    for (let step = 0; step < (steps[path] ?? 25); step += 1) {
      await page.keyboard.press('Tab')
      const found = await page.evaluate(() => {
        const element = document.activeElement
        if (element === null || element === document.body) return null
        const { left, top, width, height } = element.getBoundingClientRect()
        const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(element)
        const hit = document.elementFromPoint(left + width / 2, top + Math.min(height, window.innerHeight - top) / 2)
        const isShown = (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
        const isField = element.matches('input, textarea')
        return {
          what: element.outerHTML.slice(0, 200),
          isShown: isShown || (isField && borderColor !== ''),
          // A radio of a segmented control is drawn by its label, which lies beside it.
          isUncovered:
            hit !== null &&
            (element.contains(hit) || hit.contains(element) || element.parentElement?.contains(hit) === true),
        }
      })
      if (found === null) break
      expect(found, found.what).toMatchObject({ isShown: true, isUncovered: true })
    }
  })
}

test('states differ by shape, not by colour alone', async ({ page, agent }) => {
  await fill(agent)
  await page.goto(agent.at('freshness-matrix'))
  const legend = page.getByRole('list', { name: 'Legend' })
  await expect(legend.getByRole('listitem')).toHaveCount(7)
  const matrix = await legend.locator('[data-state] svg:first-child').evaluateAll(shapesOf)
  await page.goto(agent.at('active-jobs'))
  await expect(page.getByRole('row', { name: /Completed job/ })).toBeVisible()
  const jobs = await page.getByRole('table').locator('td:nth-child(2) [data-state] svg').evaluateAll(shapesOf)
  // The last of the legend is a fresh one with a corner.
  const byState = new Map([...matrix.slice(0, -1), ...jobs])
  expect(byState.size).toBeGreaterThanOrEqual(11)
  expect(new Set(byState.values()).size).toBe(byState.size)
})

function shapesOf(marks: readonly Element[]): [string, string][] {
  return marks.map((mark) => [mark.parentElement?.getAttribute('data-state') ?? '', mark.innerHTML])
}

test('with reduced motion nothing moves', async ({ page, agent }) => {
  const { jobs } = await fill(agent)
  await agent.sql.query(
    `insert into scheduled_job_runs (scheduled_job_id, status, started_at) values ($1::uuid, 'running', now())`,
    [jobs.active],
  )
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto(agent.at('active-jobs'))
  await expect(page.getByRole('table').locator('[data-state="running"]')).toBeVisible()
  const moving = await page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ effect }) => Number(effect?.getComputedTiming().duration ?? 0) > 1)
      .map((animation) => ('animationName' in animation ? String(animation.animationName) : animation.id)),
  )
  expect(moving).toEqual([])
})

test('forced colours keep the marks', async ({ page, agent }) => {
  await fill(agent)
  await page.emulateMedia({ forcedColors: 'active' })
  await page.goto(agent.at('active-jobs'))
  await expect(page.getByRole('row', { name: /Completed job/ })).toBeVisible()
  const colors = await page
    .getByRole('table')
    .locator('[data-state]')
    .evaluateAll((marks) =>
      marks.map((mark) => {
        const probe = document.createElement('span')
        probe.style.color = 'CanvasText'
        document.body.append(probe)
        const wanted = getComputedStyle(probe).color
        probe.remove()
        return getComputedStyle(mark).color === wanted
      }),
    )
  expect(colors.length).toBeGreaterThan(5)
  expect(colors).not.toContain(false)
})

test('1.4.10: at 320 px, as at 400 % zoom, nothing is lost sideways', async ({ page, agent }) => {
  const { acme } = await fill(agent)
  await page.setViewportSize({ width: 320, height: 640 })
  for (const path of pages) {
    await page.goto(agent.at(path))
    await settled(page)
    expect(await overflow(page), path).toBe(0)
  }
  await page.goto(agent.at('health'))
  await expect(page.getByRole('article').first()).toBeInViewport()
  const actions = page
    .getByRole('article')
    .first()
    .getByRole('button', { name: /^Run now/ })
  await actions.scrollIntoViewIfNeeded()
  await expect(actions).toBeInViewport({ ratio: 0.95 })
  await page.goto(agent.at('health', { open: `dataset:${acme}:orders` }))
  await expect(page.getByRole('button', { name: 'Close' })).toBeInViewport({ ratio: 1 })
  expect(await overflow(page)).toBe(0)
})

test('2.5.8: what can be pressed is at least 24 px in both directions', async ({ page, agent }) => {
  const { acme } = await fill(agent)
  for (const search of [undefined, { open: `dataset:${acme}:orders` }]) {
    for (const path of ['health', 'active-jobs', 'freshness-matrix']) {
      await page.goto(agent.at(path, search))
      await settled(page)
      const small = await page
        .locator('button, a[href], [role="gridcell"], [role="radio"]')
        .filter({ visible: true })
        .evaluateAll((all) =>
          all
            .map((one) => ({ what: one.outerHTML.slice(0, 160), box: one.getBoundingClientRect() }))
            .filter(({ box }) => box.width > 1 && box.height > 1 && (box.width < 23.5 || box.height < 23.5))
            .map(({ what, box }) => `${box.width} × ${box.height} ${what}`),
        )
      expect(small, path).toEqual([])
    }
  }
})
