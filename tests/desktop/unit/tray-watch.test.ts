import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type TrayPicture, TrayWatch } from '../../../electron/tray-watch.ts'

let pictures: TrayPicture[]
let watch: TrayWatch
/** How long the database takes to answer, ms. */
let answerMs: number

beforeEach(async () => {
  vi.useFakeTimers()
  pictures = []
  answerMs = 0
  const session = { get: () => new Promise((resolve) => setTimeout(() => resolve({ organizations: [] }), answerMs)) }
  const services = { changes: { subscribe: () => Promise.resolve(() => undefined) }, supervisor: { canRead: true } }
  watch = new TrayWatch({
    // Somebody without organizations: that is the whole of what is asked.
    client: { session } as never,
    services: () => services as never,
    favourites: () => [],
    clock: { now: () => new Date(), monotonic: () => Date.now() },
    onPicture: (picture) => pictures.push(picture),
    onTrouble: (message) => {
      throw new Error(message)
    },
  })
  await watch.start()
  await vi.advanceTimersByTimeAsync(100)
  pictures.length = 0
})

afterEach(async () => {
  const stopped = watch.stop()
  // What is under way is waited for.
  await vi.advanceTimersByTimeAsync(answerMs + 100)
  await stopped
  vi.useRealTimers()
})

test('a change is in the picture soon, many at once are one, and nothing changes for half a minute at most', async () => {
  for (let change = 0; change < 50; change += 1) watch.touch()
  await vi.advanceTimersByTimeAsync(2_100)
  expect(pictures).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(29_000)
  expect(pictures).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(pictures).toHaveLength(2)
})

test('while changes never stop it is told all the same, now and then', async () => {
  for (let at = 0; at < 20_000; at += 300) {
    watch.touch()
    await vi.advanceTimersByTimeAsync(300)
  }
  expect(pictures.length).toBeGreaterThanOrEqual(8)
  expect(pictures.length).toBeLessThanOrEqual(10)
})

test('a change while the question is under way is asked about soon, however slow the answers are, and none pile up', async () => {
  answerMs = 5_000
  watch.touch()
  await vi.advanceTimersByTimeAsync(4_000)
  watch.touch()
  await vi.advanceTimersByTimeAsync(9_000)
  expect(pictures).toHaveLength(2)
  for (let at = 0; at < 60_000; at += 500) {
    watch.touch()
    await vi.advanceTimersByTimeAsync(500)
  }
  await vi.advanceTimersByTimeAsync(10_000)
  const busy = pictures.length
  await vi.advanceTimersByTimeAsync(20_000)
  expect(pictures).toHaveLength(busy)
})

test('after the end no timer is left, and nothing is asked any more', async () => {
  watch.touch()
  await watch.stop()
  watch.touch()
  expect(vi.getTimerCount()).toBe(0)
})
