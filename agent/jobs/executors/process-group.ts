import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const firstPollMs = 5
const slowestPollMs = 200

/**
 * Asks every process of the group to end, and ends what is still there after `graceMs`. Returns once none of them runs any
 * more (J11), so possibly late: a process that cannot be killed is waited for. Does nothing when the group is already empty.
 * @returns true when something was still running.
 */
export async function stopGroup(leader: number, graceMs: number): Promise<boolean> {
  if (!(await isGroupAlive(leader))) return false
  await signalGroup(leader, 'SIGTERM')
  if (await isGoneWithin(leader, graceMs)) return true
  await signalGroup(leader, 'SIGKILL')
  while (!(await isGoneWithin(leader, 10_000))) await signalGroup(leader, 'SIGKILL')
  return true
}

async function isGoneWithin(leader: number, limitMs: number): Promise<boolean> {
  let pause = firstPollMs
  for (let waited = 0; waited < limitMs; waited += pause) {
    if (!(await isGroupAlive(leader))) return true
    await delay(pause)
    pause = Math.min(pause * 2, slowestPollMs)
  }
  return !(await isGroupAlive(leader))
}

async function signalGroup(leader: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (process.platform === 'win32') return endWindowsTree(leader)
  try {
    process.kill(-leader, signal)
  } catch {
    // Gone in between, or not ours to signal; the caller looks again.
  }
}

/** Windows has no process groups, and console programs no polite signal: the tree is ended at once. */
async function endWindowsTree(leader: number): Promise<void> {
  await run('taskkill', ['/pid', String(leader), '/T', '/F'], { windowsHide: true }).catch(() => undefined)
}

/** Whether a process of the group still runs. Zombies do not count: they only wait for their parent to look at them. */
export async function isGroupAlive(leader: number): Promise<boolean> {
  const target = process.platform === 'win32' ? leader : -leader
  try {
    process.kill(target, 0)
  } catch (error) {
    // EPERM: there is one, and it is not ours. On macOS a group of nothing but zombies answers so too.
    const refused = error instanceof Error && 'code' in error && error.code === 'EPERM'
    if (!refused || process.platform === 'darwin') return false
  }
  return process.platform === 'linux' ? hasLivingMember(leader) : true
}

async function hasLivingMember(group: number): Promise<boolean> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const living = await Promise.all(names.map((name) => isLivingMember(name, group)))
  return living.includes(true)
}

async function isLivingMember(processId: string, group: number): Promise<boolean> {
  const stat = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => '')
  // "pid (name) state parent group …"; the name may contain anything, so read after its last bracket.
  const [state, , memberOf] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(memberOf) === group && state !== 'Z' && state !== 'X'
}
