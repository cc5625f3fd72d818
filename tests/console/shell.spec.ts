import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './support/fixtures.ts'

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(wcag).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([])
}

test.describe('the navigation', () => {
  test('leads to every page, keeps the brand, and names the page in the title', async ({ page, agent }) => {
    const brandId = await agent.brand('Acme')
    await page.goto(agent.at('health', { brand: brandId }))
    const navigation = page.getByRole('navigation', { name: 'Main' })
    for (const name of [
      'Schedules',
      'Active jobs',
      'Run history',
      'Freshness matrix',
      'Readiness',
      'Incidents',
      'Notifications',
      'Admin',
      'Settings',
      'Health',
    ]) {
      await navigation.getByRole('link', { name }).click()
      await expect(page).toHaveTitle(new RegExp(`^${name} · .* · Pipeline Manager$`))
      await expect(page).toHaveURL(new RegExp(`brand=${brandId}`))
      await expect(navigation.getByRole('link', { name })).toHaveAttribute('aria-current', 'page')
      await expect(page.getByRole('main')).toBeFocused()
    }
    await page.goBack()
    await expect(page).toHaveTitle(/^Settings/)
  })

  test('is behind a button on a narrow screen, and closes when followed', async ({ page, agent }) => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(agent.at('health'))
    await expect(page.getByRole('navigation', { name: 'Main' })).toBeHidden()
    await page.getByRole('button', { name: 'Navigation' }).click()
    await page.getByRole('dialog').getByRole('link', { name: 'Settings' }).click()
    await expect(page).toHaveTitle(/^Settings/)
    await expect(page.getByRole('dialog')).toBeHidden()
  })
})

test.describe('the brand selector', () => {
  test('finds one of a thousand by typing, and narrows every page to it', async ({ page, agent }) => {
    await agent.sql.query(
      `insert into brands (organization_id, name) select $1::uuid, 'Brand ' || n from generate_series(1, 1000) n`,
      [agent.organizationId],
    )
    await page.goto(agent.at('settings'))
    await page.getByRole('button', { name: 'Brand: All brands' }).click()
    await expect(page.getByText('The first 100 of 1,000; type to narrow.')).toBeVisible()
    // Typed before the focus is there, the space and Enter would press the button that opened the list.
    await expect(page.getByRole('textbox', { name: 'Search: Brand' })).toBeFocused()
    await page.keyboard.type('brand 777')
    await expect(page.getByRole('option', { name: 'Brand 777' })).toBeVisible()
    await expect(page.getByRole('option', { name: 'Brand 1', exact: true })).toHaveCount(0)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('button', { name: 'Brand: Brand 777' })).toBeFocused()
    const { rows } = await agent.sql.query<{ id: string }>(
      `select id from brands where organization_id = $1::uuid and name = 'Brand 777'`,
      [agent.organizationId],
    )
    await expect(page).toHaveURL(new RegExp(`brand=${rows[0]?.id}`))
  })

  test('shows names as text, whatever they hold, and tells twins apart', async ({ page, agent }) => {
    const first = await agent.brand('<img src=x onerror=alert(1)>')
    const second = await agent.brand('<img src=x onerror=alert(1)>')
    await agent.brand('\u202egnirts')
    await page.goto(agent.at('settings'))
    await page.getByRole('button', { name: /^Brand:/ }).click()
    await expect(page.getByRole('option')).toHaveCount(4)
    for (const id of [first, second]) {
      await expect(page.getByRole('option', { name: `<img src=x onerror=alert(1)> ${id.slice(0, 8)}` })).toBeVisible()
    }
  })
})

test.describe('the palette', () => {
  test('reaches pages, brands and jobs by typing, and remembers them', async ({ page, agent }) => {
    const brandId = await agent.brand('Zebra Outfitters')
    await agent.sql.query(
      `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, cron_expression, status)
       values ($1::uuid, 'Nightly numbers', 'nobody_runs_this', 'recurring', '0 3 * * *', 'active')`,
      [brandId],
    )
    await page.goto(agent.at('settings'))
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    const field = page.getByRole('combobox', { name: /^Search pages/ })

    await page.keyboard.press('ControlOrMeta+k')
    await field.fill('zebra')
    await expect(page.getByRole('option', { name: /Zebra Outfitters/, selected: true })).toBeVisible()
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(new RegExp(`/health\\?brand=${brandId}`))

    await page.keyboard.press('ControlOrMeta+k')
    await expect(page.getByRole('group', { name: 'Recent' }).getByRole('option')).toHaveText([/Zebra Outfitters/])
    await field.fill('nightly')
    await page.getByRole('option', { name: /Nightly numbers/ }).click()
    await expect(page).toHaveURL(/\/schedules\?.*open=job/)
    await expect(page.getByRole('complementary', { name: 'Job details' })).toBeVisible()
  })

  test('opens a run or a job by its id', async ({ page, agent }) => {
    const brandId = await agent.brand('Acme')
    const { rows } = await agent.sql.query<{ id: string }>(
      `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, status)
       values ($1::uuid, 'Once', 'nobody_runs_this', 'one_time', 'paused') returning id`,
      [brandId],
    )
    const id = rows[0]?.id ?? ''
    await page.goto(agent.at('settings'))
    await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible()
    await page.keyboard.press('ControlOrMeta+k')
    await page.getByRole('combobox', { name: /^Search pages/ }).fill(id.toUpperCase())
    await page.getByRole('option', { name: /^Job/ }).click()
    await expect(page).toHaveURL(new RegExp(`/o/${agent.organizationId}/active-jobs\\?open=job%3A${id}`))
  })

  test('says when nothing is called so, and Escape gives the focus back', async ({ page, agent }) => {
    await page.goto(agent.at('settings'))
    await page.getByRole('button', { name: 'Search or run a command' }).click()
    await page.getByRole('combobox', { name: /^Search pages/ }).fill('qqqqqq')
    await expect(page.getByText('Nothing is called "qqqqqq".')).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toBeHidden()
    await expect(page.getByRole('button', { name: 'Search or run a command' })).toBeFocused()
  })
})

test.describe('the keys', () => {
  test('go to the tabs, switch zone and theme, list themselves, and leave a field alone', async ({ page, agent }) => {
    await page.goto(agent.at('settings'))
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await page.keyboard.press('t')
    await expect(page.getByRole('radio', { name: "The schedule's time" })).toBeChecked()
    await page.keyboard.press('d')
    await expect(page.getByRole('radio', { name: 'Light' })).toBeChecked()
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog', { name: 'Keys' })).toContainText('Freshness matrix')
    await page.keyboard.press('d')
    await page.keyboard.press('Escape')
    await expect(page.getByRole('radio', { name: 'Light' })).toBeChecked()
    for (const [key, path] of [
      ['s', 'schedules'],
      ['a', 'active-jobs'],
      ['r', 'run-history'],
      ['m', 'freshness-matrix'],
      ['h', 'health'],
    ]) {
      await page.keyboard.press('g')
      await page.keyboard.press(key ?? '')
      await expect(page).toHaveURL(new RegExp(`/${path}$`))
    }
    await page.goto(agent.at('readiness'))
    await page.getByRole('textbox', { name: 'Brand' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('td?gs')
    await expect(page.getByRole('textbox', { name: 'Brand' })).toHaveValue('td?gs')
    await expect(page).toHaveURL(/\/readiness\?text=td%3Fgs$/)
    await page.keyboard.press('Escape')
    await expect(page.getByRole('textbox', { name: 'Brand' })).not.toBeFocused()
    await expect(page.getByRole('textbox', { name: 'Brand' })).toHaveValue('td?gs')
  })

  test('can be switched off, all but the palette (WCAG 2.1.4)', async ({ page, agent }) => {
    await page.goto(agent.at('settings'))
    await page.getByRole('switch', { name: 'Single keys' }).uncheck({ force: true })
    await page.getByRole('main').focus()
    await page.keyboard.press('d')
    await page.keyboard.press('?')
    await expect(page.getByRole('radio', { name: 'As the system' })).toBeChecked()
    await expect(page.getByRole('dialog')).toBeHidden()
    await page.reload()
    await expect(page.getByRole('switch', { name: 'Single keys' })).not.toBeChecked()
    await page.keyboard.press('ControlOrMeta+k')
    await expect(page.getByRole('dialog')).toBeVisible()
  })
})

test.describe('a section that is switched off', () => {
  test('is gone for the organization, says so, and comes back from Admin with Undo', async ({
    page,
    agent,
    complaints,
  }) => {
    const enabled = async (): Promise<boolean | undefined> => {
      const { rows } = await agent.sql.query<{ enabled: boolean }>(
        'select enabled from organization_features where organization_id = $1::uuid',
        [agent.organizationId],
      )
      return rows[0]?.enabled
    }
    const { rows } = await agent.sql.query<{ name: string }>('select name from organizations where id = $1::uuid', [
      agent.organizationId,
    ])
    await page.goto(agent.at('admin'))
    const featureSwitch = page.getByRole('switch', { name: `Pipeline Manager for ${rows[0]?.name}` })
    await featureSwitch.click({ force: true })
    const navigation = page.getByRole('navigation', { name: 'Main' })
    await expect(navigation.getByRole('link', { name: 'Health' })).toBeHidden()
    await expect.poll(enabled).toBe(false)

    await page.goto(agent.at('health'))
    await expect(page.getByText(/Pipeline Manager is switched off for/)).toBeVisible()
    await page.getByRole('button', { name: 'Go to Admin' }).click()
    await featureSwitch.click({ force: true })
    await expect.poll(enabled).toBe(true)
    await expect(navigation.getByRole('link', { name: 'Health' })).toBeVisible()
    await page.getByRole('button', { name: 'Switch it off again' }).click()
    await expect.poll(enabled).toBe(false)
    await expect(page.getByRole('row', { name: /feature/ })).toHaveCount(3)
    // What was being asked while the section went off was refused, and the browser notes that.
    const others = complaints.filter((complaint) => !complaint.includes('403'))
    complaints.splice(0, complaints.length, ...others)
  })
})

test.describe('signing in', () => {
  test('takes the code of a link out of the address, and works once', async ({ browser, agent }) => {
    const link = /http:\S+#code=\S+/.exec(await agent.process.pm('console'))?.[0] ?? ''
    const first = await browser.newPage()
    await first.goto(link)
    await expect(first.getByRole('navigation', { name: 'Main' })).toBeVisible()
    expect(first.url()).not.toContain('code=')
    const second = await (await browser.newContext()).newPage()
    await second.goto(link)
    await expect(second.getByRole('alert')).toContainText('This link has been used')
    await first.context().close()
    await second.context().close()
  })

  test('takes a token, refuses a wrong one with a reason, and signs out', async ({ browser, agent }) => {
    const page = await (await browser.newContext()).newPage()
    await page.goto(agent.at('settings'))
    await page.getByRole('textbox', { name: 'Token' }).fill('pm_wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.getByRole('textbox', { name: 'Token' })).toHaveAccessibleDescription(/token/)
    await expectAccessible(page)
    await page.getByRole('textbox', { name: 'Token' }).fill(` ${agent.process.token} `)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.getByText('browser-tests, scope admin')).toBeVisible()
    await page.getByRole('button', { name: /^Operator/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await expect(page.getByRole('heading', { name: 'Sign in to Pipeline Manager' })).toBeVisible()
    await page.context().close()
  })
})

test('an address that names nothing says so and leads back', async ({ page, agent, complaints }) => {
  await page.goto(agent.at('nowhere'))
  await expect(page.getByText('There is nothing at this address')).toBeVisible()
  await page.goto(`${agent.url}/o/00000000-0000-4000-8000-000000000000/health`)
  await expect(page.getByText('There is nothing at this address')).toBeVisible()
  // What is asked ahead for an organization that is not there is not found; the browser tells of it.
  complaints.length = 0
})

test('the age of the data is on screen, and warns when the agent is gone', async ({ page, agent, complaints }) => {
  await page.goto(agent.at('settings'))
  const indicator = page.getByRole('status').filter({ hasText: /live|polling|connecting/ })
  await expect(indicator).toHaveText(/^live · \d+ s/)
  await agent.process.stop()
  await expect(indicator).toHaveText(/^polling since/)
  await agent.process.start()
  await expect(indicator).toHaveText(/^live/)
  complaints.length = 0
})

for (const scheme of ['light', 'dark'] as const) {
  test(`every page of the shell is accessible in ${scheme}`, async ({ page, agent }) => {
    // Nine scans, on a machine that may be busy.
    test.slow()
    await agent.brand('Acme')
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    for (const path of ['readiness', 'admin', 'settings', 'nowhere']) {
      await page.goto(agent.at(path))
      await expect(page.getByRole('main')).toBeVisible()
      await expectAccessible(page)
    }
    await page.keyboard.press('ControlOrMeta+k')
    await expect(page.getByRole('dialog')).toBeVisible()
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    for (const name of [/^Brand/, /agents?$/, /^Times/, 'Notifications', /^Operator/]) {
      await page.getByRole('banner').getByRole('button', { name }).click()
      await expectAccessible(page)
      await page.keyboard.press('Escape')
    }
  })
}
