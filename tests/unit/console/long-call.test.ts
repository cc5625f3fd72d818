import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ConsoleContext } from '../../../agent/console/context.ts'
import { beginLongCall } from '../../../agent/console/long-call.ts'
import { Problem } from '../../../shared/errors.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Only what a long call asks for. */
const context = { door: null, services: { clock: { monotonic: () => Date.now() } } } as unknown as ConsoleContext

/** The call is let in, and asked again about half a minute later. */
async function begun(later: () => Promise<void>): Promise<() => Promise<void>> {
  let check = (): Promise<void> => Promise.resolve()
  const confirm = await beginLongCall(context, () => check())
  check = later
  await vi.advanceTimersByTimeAsync(30_000)
  return confirm
}

const refused = new Problem('not_allowed', 'Switched off.')

test('a database that hangs holds no stream up: the caller is believed, and told to go when the answer says so', async () => {
  const { promise, reject } = Promise.withResolvers<undefined>()
  const confirm = await begun(() => promise)
  const first = confirm()
  await vi.advanceTimersByTimeAsync(2_500)
  await expect(first).resolves.toBeUndefined()
  await expect(confirm()).resolves.toBeUndefined()
  await vi.advanceTimersByTimeAsync(60_000)
  await expect(confirm()).resolves.toBeUndefined()
  reject(refused)
  await vi.advanceTimersByTimeAsync(0)
  await expect(confirm()).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
})

test('refused in time, it ends at once', async () => {
  const confirm = await begun(() => Promise.reject(refused))
  await expect(confirm()).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
})

test('a database that is away refuses nobody', async () => {
  const confirm = await begun(() => Promise.reject(new Problem('database_unreachable', 'Away.')))
  await expect(confirm()).resolves.toBeUndefined()
})
