import { join } from 'node:path'
import { expect, test } from 'vitest'
import { jpeg } from '../../../examples/meta-simulator/media/jpeg.ts'
import { mp4 } from '../../../examples/meta-simulator/media/mp4.ts'
import { png } from '../../../examples/meta-simulator/media/png.ts'
import { startProcess } from '../../support/child-process.ts'
import { smallAccount, startSimulator } from '../../support/meta.ts'

const main = join(import.meta.dirname, '../../../examples/meta-simulator/main.ts')

interface Ready {
  readonly url: string
  readonly token: string
}

async function askInsights({ url, token }: Ready, account: string): Promise<string> {
  const range = '{"since":"2026-11-01","until":"2026-11-01"}'
  const query = new URLSearchParams({ level: 'ad', time_increment: '1', time_range: range })
  const response = await fetch(`${url}/act_${account}/insights?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return response.text()
}

test('as a process: one line says where it is; it ends when whoever started it is gone', async () => {
  await using first = startProcess(main, ['--port', '0', '--seed', '7'])
  await using second = startProcess(main, ['--seed', '7', '--token', 'another'])
  const [one, other] = await Promise.all([first, second].map(async (child) => JSON.parse(await child.line()) as Ready))
  if (one === undefined || other === undefined) throw new Error('a simulator did not say where it is')
  expect(other.token).toBe('another')
  const answer = await askInsights(one, '1001')
  expect(answer).toContain('"account_id":"1001"')
  // The same seed is the same world, but for where it is.
  const withoutPlace = (text: string): string => text.replace(/"paging":.*/, '')
  expect(withoutPlace(await askInsights(other, '1001'))).toBe(withoutPlace(answer))
  first.endInput()
  second.kill('SIGTERM')
  expect(await first.exited).toEqual({ code: 0, signal: null })
  expect(await second.exited).toEqual({ code: 0, signal: null })
})

test('as a process: faults are planned from outside', async () => {
  await using child = startProcess(main)
  const ready = JSON.parse(await child.line()) as Ready
  const plan = JSON.stringify({ at: 'insights', fault: { kind: 'error', code: 4 } })
  const { origin } = new URL(ready.url)
  expect((await fetch(`${origin}/faults`, { method: 'POST', body: plan })).status).toBe(204)
  expect(JSON.parse(await askInsights(ready, '1001'))).toMatchObject({ error: { code: 4 } })
  expect(JSON.parse(await askInsights(ready, '1001'))).toHaveProperty('data')
  child.endInput()
  await child.exited
})

test('images and videos are of the seed, and begin as their formats say', () => {
  expect(png(7)).toEqual(png(7))
  expect(png(7)).not.toEqual(png(8))
  expect(png(7).subarray(1, 4).toString()).toBe('PNG')
  expect(jpeg(7).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]))
  expect(jpeg(7).subarray(-2)).toEqual(Buffer.from([0xff, 0xd9]))
  expect(mp4(7).subarray(4, 12).toString()).toBe('ftypisom')
})

test('files come in ranges, as long as they are the same', async () => {
  await using running = await startSimulator({ accounts: [smallAccount] })
  const { world } = running.simulator.simulation
  const [account] = world.accounts
  const hash = account === undefined ? '' : world.ad(account, 0).imageHash
  const address = `${running.simulator.origin}/files/images/${hash}.png`
  const whole = await fetch(address)
  const etag = whole.headers.get('etag') ?? ''
  const bytes = Buffer.from(await whole.arrayBuffer())
  const part = await fetch(address, { headers: { range: 'bytes=10-', 'if-range': etag } })
  expect(part.status).toBe(206)
  expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10))
  const other = await fetch(address, { headers: { range: 'bytes=10-', 'if-range': '"another"' } })
  expect(other.status).toBe(200)
  expect(Buffer.from(await other.arrayBuffer())).toEqual(bytes)
})
