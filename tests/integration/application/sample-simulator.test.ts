import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SampleSimulator } from '../../../agent/application/sample-simulator.ts'
import { startProcess } from '../../support/child-process.ts'
import { waitFor } from '../../support/wait.ts'
import { rejection } from '../../unit/executors/step-context.ts'

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}

test('it starts when it is first asked for, once, takes its own token, and stop is complete', async () => {
  const simulator = new SampleSimulator()
  const [url, again] = await Promise.all([simulator.url(), simulator.url()])
  expect(again).toBe(url)
  const asked = await fetch(`${url}/act_1001?fields=name`, { headers: { authorization: `Bearer ${simulator.token}` } })
  expect(await asked.json()).toMatchObject({ name: 'Alder Outdoor' })
  expect((await fetch(`${url}/act_1001`, { headers: { authorization: 'Bearer other' } })).status).toBe(401)
  await simulator.stop()
  await simulator.stop()
  expect(await answers(url)).toBe(false)
  expect(await rejection(simulator.url())).toMatchObject({ message: 'The simulator of the sample has been stopped.' })
})

test('it ends when nobody asks it anything, and starts again when somebody does', async () => {
  const simulator = new SampleSimulator(0.2)
  const first = await simulator.url()
  // Where it is, is known without asking it; a request would keep it alive.
  const isAnother = async (): Promise<boolean> => (await simulator.url()) !== first
  await waitFor(isAnother, { describe: 'another one to be started' })
  await simulator.stop()
  expect(await answers(first)).toBe(false)
})

test('stop without a start is nothing', async () => {
  const simulator = new SampleSimulator()
  await simulator.stop()
  expect(await rejection(simulator.url())).toBeInstanceOf(Error)
})

test('whoever has it is killed, and it is gone too', async () => {
  await using owner = startProcess(join(import.meta.dirname, 'sample-simulator-owner.ts'))
  const url = await owner.line()
  expect(await answers(url)).toBe(true)
  owner.kill('SIGKILL')
  await owner.exited
  await waitFor(async () => !(await answers(url)), { describe: 'the simulator to end' })
})
