/** Setup of every test file: what a file has started, it has to have stopped when its last hook is done. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll } from 'vitest'

/** What keeps a Node process alive, by the names Node gives it; requests in flight are not listed, they end by themselves. */
const kinds = [
  'Timeout',
  'TCPServerWrap',
  'TCPSocketWrap',
  'PipeServerWrap',
  'ProcessWrap',
  'FSEventWrap',
  'MessagePort',
]
const graceMs = 3_000

const before = process.getActiveResourcesInfo()

// Registered before the file's own hooks, so it runs after them. The runner's own timers end within the grace.
afterAll(async () => {
  const deadline = performance.now() + graceMs
  // Sockets and child processes take a few turns to be gone. This timer does not count: it keeps nothing alive.
  while (leftRunning().length > 0 && performance.now() < deadline) await delay(10, undefined, { ref: false })
  const left = leftRunning()
  if (left.length === 0) return
  throw new Error(
    `Left running: ${left.join(', ')}. Stop what the tests started; \`npx vitest run --detectAsyncLeaks <file>\` shows where.`,
  )
})

function leftRunning(): string[] {
  const now = process.getActiveResourcesInfo()
  const count = (list: readonly string[], kind: string): number => list.filter((entry) => entry === kind).length
  return kinds
    .map((kind) => ({ kind, more: count(now, kind) - count(before, kind) }))
    .filter(({ more }) => more > 0)
    .map(({ kind, more }) => `${more} ${kind}`)
}
