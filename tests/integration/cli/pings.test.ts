import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOpenBrand } from '../../support/console.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { command, documentOf, errorOf } from './command-line.ts'
import { containing, matching } from './matchers.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await addOpenBrand(server.console.sql, 'Acme')
})
afterAll(() => server.stop())

const pm = (...args: string[]) => command([...args, '--database-url', server.console.database.url])

test('a check is made, its address is printed and works; the list shows how it does, and no address', async () => {
  const answer = await pm('pings', 'create', 'Nightly export', '--brand', 'Acme', '--every', '6h', '--grace', '30m')
  expect(answer).toMatchObject({ code: 0, stdout: matching(/^http:\/\/127\.0\.0\.1:\d+\/ping\/[0-9a-f-]{36}\n$/) })
  const { pathname } = new URL(answer.stdout.trim())
  expect((await fetch(`${server.url}${pathname}`)).status).toBe(200)
  const listed = await pm('pings', '--org', 'Acme')
  expect(listed.stdout).toMatch(/up +Nightly export +Acme +nightly-export/)
  expect(JSON.stringify(await pm('pings', '--org', 'Acme', '--json'))).not.toContain(pathname.slice(6))
})

test('by cron, on the clocks of a zone', async () => {
  const cron = ['--cron', '30 6 * * 1-5', '--time-zone', 'Europe/Berlin']
  const made = documentOf(await pm('pings', 'create', 'Weekdays', '--brand', 'Acme', ...cron, '--json'))
  expect(made).toMatchObject({ check: { schedule: { kind: 'cron', cron: '30 6 * * 1-5', timeZone: 'Europe/Berlin' } } })
})

test.each([
  [['--every', '6'], '--every', 'no length of time'],
  [['--grace', 'soon'], '--grace', 'no length of time'],
  [['--every', '1h', '--cron', '0 6 * * *'], '--cron', 'either'],
  [['--slug', 'Upper'], 'slug', 'may not stand in an address'],
  [['--cron', '0 0 31 2 *'], 'cron_expression', 'never fires'],
])('bad input: %j', async (flags, field, message) => {
  const answer = await pm('pings', 'create', 'Bad', '--brand', 'Acme', ...flags, '--json')
  expect(errorOf(answer)).toMatchObject({ code: 'invalid_input', field, message: containing(message) })
})
