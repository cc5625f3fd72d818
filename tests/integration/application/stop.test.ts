import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startProcess } from '../../support/child-process.ts'

const script = join(import.meta.dirname, 'stop-process.ts')

test.each([
  ['throws', 'Unexpected error, stopping: a bug'],
  ['rejects', 'Unexpected error, stopping: a forgotten rejection'],
])('an error that nobody caught (%s) is told, and the program stops in good order with 1', async (fault, message) => {
  await using child = startProcess(script, [fault])
  expect(await child.line()).toBe(message)
  expect(await child.line()).toBe('stopped in good order with 1')
  expect(await child.exited).toEqual({ code: 1, signal: null })
})

test('fault 26: a log that cannot be written stops nothing', async () => {
  await using child = startProcess(script, ['cannot-write'])
  expect(await child.line()).toBe('went on')
  expect((await child.exited).code).toBe(0)
})

test('SIGHUP stops no service, whose renewed certificate it tells of; any other program it does', async () => {
  await using service = startProcess(script, ['service'])
  expect(await service.line()).toBe('waits')
  for (let count = 0; count < 2; count += 1) {
    service.kill('SIGHUP')
    expect(await service.line()).toBe('looks again')
  }
  service.kill('SIGTERM')
  expect(await service.line()).toBe('stopped in good order with 0')
  await using program = startProcess(script, ['program'])
  expect(await program.line()).toBe('waits')
  program.kill('SIGHUP')
  expect(await program.line()).toBe('stopped in good order with 0')
})
