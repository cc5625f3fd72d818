/** What the tray of the desktop counts, asked of a real database. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { localClient } from '../../../agent/console/local-client.ts'
import { type TrayPicture, TrayWatch } from '../../../electron/tray-watch.ts'
import { systemClock } from '../../../shared/clock.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent, testCatalog } from '../../support/console-catalog.ts'
import { addIncident } from '../../support/incident-rows.ts'
import type { Brand } from '../../support/job-rows.ts'

let pm: TestConsole
let acme: Brand
let other: Brand
beforeAll(async () => {
  pm = await createTestConsole()
})
afterAll(() => pm.stop())
beforeEach(async () => {
  acme = await addOpenBrand(pm.sql, 'Acme')
  other = await addOpenBrand(pm.sql, 'Other')
})
afterEach(() => pm.sql.query('truncate organizations, agents, incidents, mute_rules cascade'))

/** The first picture of a watch. */
async function picture(): Promise<TrayPicture> {
  const { promise, resolve, reject } = Promise.withResolvers<TrayPicture>()
  const identity = { operator: 'tester', door: 'console', scope: 'admin', organizationId: null } as const
  const watch = new TrayWatch({
    client: localClient(identity, () => pm.services),
    services: () => pm.services,
    favourites: () => [],
    clock: systemClock,
    onPicture: resolve,
    onTrouble: (message) => reject(new Error(message)),
  })
  await watch.start()
  try {
    return await promise
  } finally {
    await watch.stop()
  }
}

test('one lost agent is one problem, however many organizations it concerns; what else is open is counted as well', async () => {
  const agentId = await addAgent(pm.sql, testCatalog({}), [])
  const lost = await addIncident(pm.sql, { kind: 'agent_lost', dataset_key: null, agent_id: agentId })
  expect(await picture()).toMatchObject({ problems: 1, newest: [{ place: `/incidents/${lost}` }] })
  const { organizationId, brandId } = other
  const stale = await addIncident(pm.sql, { organization_id: organizationId, brand_id: brandId })
  const { problems, newest } = await picture()
  expect(problems).toBe(2)
  expect(newest.map(({ place }) => place).toSorted()).toEqual([`/incidents/${lost}`, `/incidents/${stale}`].toSorted())
})

test('what a rule keeps quiet is no problem', async () => {
  const { organizationId, brandId } = acme
  await addIncident(pm.sql, { organization_id: organizationId, brand_id: brandId })
  expect(await picture()).toMatchObject({ problems: 1 })
  await pm.client.incidents.mute({ organizationId, brandId, until: null })
  expect(await picture()).toMatchObject({ problems: 0, newest: [] })
})
