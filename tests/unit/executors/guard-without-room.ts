/**
 * A process whose machine has no room for more, in the way that its argument says: `processes` or `files`. It runs each line of its stdin:
 * `watch N` guards the process group N; `full` takes the room away, for good for itself: who started it gives it back.
 */
import { execFileSync } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { GroupGuard } from '../../../agent/jobs/executors/group-guard.ts'

const [limit = ''] = process.argv.slice(2)
const guard = new GroupGuard()
// Node starts these threads at the first use, and ends when it cannot.
await stat('.')

function takeRoom(): void {
  // Only the soft limit, so that it can be given back.
  execFileSync('prlimit', ['--pid', `${process.pid}`, limit === 'files' ? '--nofile=3:' : '--nproc=1:'])
  // Nobody's: the administrator has no such limit.
  if (process.getuid?.() === 0) process.setuid?.(60_000 + (process.pid % 5_000))
}

async function watch(group: number): Promise<string> {
  return guard.watch(group).then(
    () => 'watched',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  )
}

for await (const line of createInterface({ input: process.stdin })) {
  const [word, group] = line.split(' ')
  if (word === 'full') takeRoom()
  const said = word === 'watch' ? await watch(Number(group)) : 'full'
  await delay(1)
  console.log(said)
}
