import { expect, test } from './support/fixtures.ts'
import { addJobsInEveryState } from './support/seed.ts'

test('an age says its instant when a pointer rests on it and when the keyboard comes to it; Escape takes it away', async ({
  page,
  agent,
}) => {
  await addJobsInEveryState(agent, await agent.brand('Acme'))
  await page.goto(agent.at('active-jobs'))
  const age = page
    .getByRole('row', { name: /Retrying job/ })
    .locator('time')
    .first()
  const hint = page.getByRole('tooltip')
  await age.hover()
  await expect(hint).toContainText('UTC')
  await expect(age).toHaveAccessibleDescription(/UTC$/)
  await page.mouse.move(0, 0)
  await expect(hint).toBeHidden()

  await page.getByRole('row', { name: /Retrying job/ }).focus()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await expect(page.locator('time:focus')).toHaveAccessibleDescription(/UTC$/)
  await expect(hint).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(hint).toBeHidden()
})

test('the menu of a row opens by mouse and by keyboard, and gives the focus back to its button', async ({
  page,
  agent,
}) => {
  await addJobsInEveryState(agent, await agent.brand('Acme'))
  await page.goto(agent.at('active-jobs'))
  const button = page.getByRole('button', { name: 'Actions for Retrying job' })
  for (const open of [() => button.click(), () => button.press('Enter')]) {
    await open()
    await expect(page.getByRole('menuitem', { name: 'Copy link' })).toBeVisible()
    await expect(button).toHaveAttribute('aria-expanded', 'true')
    await page.keyboard.press('ArrowDown')
    await expect(page.getByRole('menuitem').and(page.locator(':focus'))).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(page.getByRole('menu')).toBeHidden()
    await expect(button).toBeFocused()
  }
})
