import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isGroupAlive } from '../../../agent/jobs/executors/process-group.ts'
import { startProcess } from '../../support/child-process.ts'
import { waitFor } from '../../support/wait.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pm-orphan-'))
})
afterEach(() => rm(folder, { recursive: true }))

const agent = join(import.meta.dirname, 'agent-with-command.ts')
const stubborn = `trap '' TERM INT HUP; (trap '' TERM INT HUP; sleep 600) & echo $$ > pid; wait`

test.each([
  ['the agent alone', 'kill'],
  ['the group of the agent', 'killGroup'],
] as const)('fault 3: after kill -9 of %s its command and all that it started are gone', async (_which, how) => {
  await using running = startProcess(agent, [folder, stubborn])
  const readPid = async () => Number(await readFile(join(folder, 'pid'), 'utf8'))
  const pid = await waitFor(readPid, { describe: 'the command to run' })
  expect(await isGroupAlive(pid)).toBe(true)
  running[how]('SIGKILL')
  try {
    await waitFor(async () => !(await isGroupAlive(pid)), { describe: 'the command to be gone' })
  } finally {
    if (await isGroupAlive(pid)) process.kill(-pid, 'SIGKILL')
  }
})
