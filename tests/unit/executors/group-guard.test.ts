import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isGroupAlive } from '../../../agent/jobs/executors/process-group.ts'
import { startProcess } from '../../support/child-process.ts'
import { waitFor } from '../../support/wait.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pm-guard-'))
})
afterEach(() => rm(folder, { recursive: true }))

const program = join(import.meta.dirname, 'agent-with-commands.ts')
const command = (name: string) => `trap '' TERM; echo $$ > ${name}; sleep 600`

async function pidFrom(name: string): Promise<number> {
  const read = async () => Number(await readFile(join(folder, name), 'utf8'))
  return waitFor(read, { describe: `${name} to run` })
}

/** Processes that the agent started and that are no command: its guards. */
async function guardsOf(agent: number, commands: readonly number[]): Promise<number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const children = await Promise.all(
    names.map(async (name) => {
      const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return Number(parent) === agent && state !== 'Z' ? [Number(name)] : []
    }),
  )
  return children.flat().filter((pid) => !commands.includes(pid))
}

// Who started a process is read from /proc.
test.runIf(process.platform === 'linux')('one guard stands for all commands of an agent', async () => {
  await using agent = startProcess(program, [folder])
  agent.say(command('first'))
  agent.say(command('second'))
  const pids = [await pidFrom('first'), await pidFrom('second')]
  expect(await guardsOf(agent.pid, pids)).toHaveLength(1)
  agent.kill('SIGKILL')
  for (const pid of pids) await waitFor(async () => !(await isGroupAlive(pid)), { describe: `group ${pid} to be gone` })
})

test.runIf(process.platform === 'linux')(
  'fault 3: a guard that is killed is replaced, and the next one knows what runs',
  async () => {
    await using agent = startProcess(program, [folder])
    agent.say(command('first'))
    const first = await pidFrom('first')
    const [guard = 0] = await guardsOf(agent.pid, [first])
    process.kill(guard, 'SIGKILL')
    const next = await waitFor(async () => (await guardsOf(agent.pid, [first])).find((pid) => pid !== guard), {
      describe: 'another guard',
    })
    expect(next).not.toBe(guard)
    agent.say(command('second'))
    const second = await pidFrom('second')
    expect(await guardsOf(agent.pid, [first, second])).toEqual([next])
    agent.kill('SIGKILL')
    for (const pid of [first, second])
      await waitFor(async () => !(await isGroupAlive(pid)), { describe: `group ${pid} to be gone` })
  },
)

test('the guard lets its agent end, and ends with it', async () => {
  await using agent = startProcess(program, [folder])
  agent.say('exit 0')
  expect(await agent.line()).toBe('ended')
  agent.endInput()
  expect(await agent.exited).toEqual({ code: 0, signal: null })
})

const withoutRoom = join(import.meta.dirname, 'guard-without-room.ts')
/** No group has this number: the highest pid of Linux is 2^22. */
const nobody = 5_000_000

// Limits of a process that runs are a matter of Linux.
describe.runIf(process.platform === 'linux')('a machine that has no room for a guard', () => {
  const limits = [
    { limit: 'processes', option: '--nproc', code: 'EAGAIN' },
    { limit: 'files', option: '--nofile', code: 'EMFILE' },
  ]
  const giveRoom = async (pid: number, option: string) => {
    // By whom it is, as this test may be the administrator without his rights.
    const [, uid = ''] = /^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
    const prlimit = (...rest: string[]) =>
      execFileSync('prlimit', ['--pid', `${pid}`, ...rest], { encoding: 'utf8', uid: Number(uid) })
    const hard = prlimit(option, '--raw', '--noheadings', '-o', 'HARD').trim()
    prlimit(`${option}=${hard}:`)
  }

  test.for(limits)('$limit: the agent goes on, is told $code, and starts one when there is room', async (row) => {
    await using agent = startProcess(withoutRoom, [row.limit])
    agent.say('full')
    expect(await agent.line()).toBe('full')
    agent.say(`watch ${nobody}`)
    expect(await agent.line()).toBe(row.code)
    await giveRoom(agent.pid, row.option)
    agent.say(`watch ${nobody}`)
    expect(await agent.line()).toBe('watched')
    expect(await guardsOf(agent.pid, [])).toHaveLength(1)
  })

  test.for(limits)('$limit: a guard that ends meanwhile is replaced when there is room', async (row) => {
    await using agent = startProcess(withoutRoom, [row.limit])
    agent.say(`watch ${nobody}`)
    expect(await agent.line()).toBe('watched')
    const [guard = 0] = await guardsOf(agent.pid, [])
    agent.say('full')
    expect(await agent.line()).toBe('full')
    process.kill(guard, 'SIGKILL')
    await waitFor(async () => (await guardsOf(agent.pid, [])).length === 0, { describe: 'no guard' })
    agent.say(`watch ${nobody + 1}`)
    expect(await agent.line()).toBe(row.code)
    await giveRoom(agent.pid, row.option)
    await waitFor(async () => (await guardsOf(agent.pid, [])).length === 1, { describe: 'another guard' })
  })
})
