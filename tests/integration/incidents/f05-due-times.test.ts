import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseDue } from '../../../shared/due-words.ts'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { openScene } from '../../support/incident-evaluation.ts'
import { containing } from '../cli/matchers.ts'

const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 12, due: parseDue('weekdays 09:00 Europe/Berlin'), label: 'Orders' } },
})

let console: TestConsole
beforeAll(async () => {
  console = await createTestConsole({ catalog })
})
afterAll(() => console.stop())

test('F5, N1: with a due time no incident at the weekend, one after Monday 09:00, which the success ends', async () => {
  const scene = await openScene(console, catalog)
  // Friday 07:30 in Berlin.
  scene.at.set('2027-01-15T06:30:00Z')
  await scene.succeed('orders')
  const opened = async (at: string): Promise<readonly (string | null)[]> => {
    scene.at.set(at)
    await scene.round()
    return (await scene.open()).map(({ summary }) => summary)
  }
  expect(await opened('2027-01-17T12:00:00Z')).toEqual([])
  expect(await opened('2027-01-18T08:00:00Z')).toEqual([])
  expect(await opened('2027-01-18T08:00:01Z')).toEqual([
    'Orders of Acme is stale: it last succeeded at 2027-01-15 06:30 UTC, and may be at most 12 h old at 09:00 on weekdays (Europe/Berlin).',
  ])
  await scene.succeed('orders')
  expect(await opened('2027-01-18T08:00:02Z')).toEqual([])
  // Tuesday goes by without a success before 09:00.
  await scene.succeed('orders', -0.1)
  expect(await opened('2027-01-19T08:00:00Z')).toEqual([])
  expect(await opened('2027-01-19T08:00:01Z')).toEqual([containing('at 09:00 on weekdays')])
})
