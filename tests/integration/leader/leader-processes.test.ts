import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startProcess, type TestProcess } from '../../support/child-process.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

const script = join(import.meta.dirname, '../../support/leader-process.ts')

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

let processes: AsyncDisposableStack
beforeEach(() => {
  processes = new AsyncDisposableStack()
})
afterEach(() => processes.disposeAsync())

/** Reads what it says until the line comes. */
async function says(candidate: TestProcess, wanted: RegExp): Promise<string> {
  for (;;) {
    const line = await candidate.line()
    if (wanted.test(line)) return line
  }
}

function start(): TestProcess {
  return processes.use(startProcess(script, [database.url]))
}

test('leadership: kill -9: whoever waits leads', async () => {
  const victim = start()
  await says(victim, /^leads$/)
  const other = start()
  await says(other, /^started$/)
  victim.kill('SIGKILL')
  expect(await says(other, /^leads$/)).toBe('leads')
})

test('leadership, fault 2: a stopped leader keeps its connection but not the lead, and knows it before anything else when it wakes', async () => {
  const sleeper = start()
  await says(sleeper, /^leads$/)
  const other = start()
  await says(other, /^started$/)
  sleeper.kill('SIGSTOP')
  await says(other, /^leads$/)
  sleeper.kill('SIGCONT')
  expect(await says(sleeper, /^woke/)).toBe('woke')
  // It takes part again.
  other.kill('SIGTERM')
  await says(other, /^stopped$/)
  await says(sleeper, /^leads$/)
})
