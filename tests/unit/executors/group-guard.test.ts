import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
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
