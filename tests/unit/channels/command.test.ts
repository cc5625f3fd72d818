import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandChannelSpec, openCommand } from '../../../agent/incidents/channels/command.ts'
import { RunAborted } from '../../../agent/jobs/abort.ts'
import { deliver, deliveryOf, messageOf, testPlace } from '../../support/messages.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'
import { failureOf } from './failure-of.ts'

let folder: TemporaryFolder
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(async () => {
  await folder.remove()
})

function commandOf(command: readonly string[], more: object = {}, environment: Record<string, string> = {}) {
  const spec = commandChannelSpec.parse({ command, ...more })
  const { place, masker } = testPlace(
    { PATH: process.env['PATH'] ?? '', ...environment },
    { baseDirectory: folder.path },
  )
  return { channel: openCommand(spec, place), masker }
}

const shell = (script: string, more: object = {}, environment: Record<string, string> = {}) =>
  commandOf(['sh', '-c', script], more, environment)

describe('a command', () => {
  test('gets the message as JSON on its standard input; what it says last is its answer', async () => {
    const { channel } = shell('cat > said.json; echo one; echo told')
    expect(await deliver(channel)).toBe('sh exited with status 0: told')
    expect(JSON.parse(await readFile(join(folder.path, 'said.json'), 'utf8'))).toMatchObject({
      id: deliveryOf().id,
      type: 'opened',
      incidents: [{ brand: 'Birch Coffee' }],
    })
  })

  test('need not read what it is given, however long that is', async () => {
    const message = messageOf({ summary: 'x'.repeat(1_000_000) })
    expect(await deliver(shell('exec <&-; exit 0').channel, deliveryOf(message))).toBe('sh exited with status 0')
  })

  test('bad input 40: nothing of a message becomes an argument or a part of a script', async () => {
    const { channel } = shell('echo "$#:$PM_NOTIFICATION_TYPE:$PM_NOTIFICATION_ID"')
    const message = {
      ...messageOf({ summary: '$(touch broken)', brand: '; touch broken', dataset: '--help' }),
      title: '`id`',
    }
    expect(await deliver(channel, deliveryOf(message))).toBe(`sh exited with status 0: 0:opened:${deliveryOf().id}`)
    await expect(readFile(join(folder.path, 'broken'))).rejects.toThrow('ENOENT')
  })

  test('sees of the environment what is listed and no more; listed values are masked', async () => {
    const environment = { OPS_TOKEN: 'canary-token-1', OTHER: 'canary-other-2' }
    const { channel, masker } = shell('echo "$OPS_TOKEN/$OTHER"', { env: ['OPS_TOKEN'] }, environment)
    const answer = await deliver(channel)
    expect(answer).toBe('sh exited with status 0: canary-token-1/')
    expect(masker.mask(answer)).toBe('sh exited with status 0: ***/')
  })

  test.each([
    [1, true],
    [75, true],
    [78, false],
    [127, false],
  ])('exit status %i: worth another try: %s', async (status, isWorthAnotherTry) => {
    const failure = await failureOf(deliver(shell(`echo why >&2; exit ${status}`).channel))
    expect(failure).toMatchObject({ isWorthAnotherTry, answer: `sh exited with status ${status}: why` })
  })

  test('J11: one that hangs is stopped, with all that it started', async () => {
    const abort = new AbortController()
    const { channel } = shell('sleep 600 & echo $! > child; wait')
    const told = deliver(channel, deliveryOf(), abort.signal)
    const child = await waitFor(async () => Number(await readFile(join(folder.path, 'child'), 'utf8')), {
      describe: 'the command to start something',
    })
    abort.abort(new RunAborted('shutdown', 'The agent is stopping.'))
    await expect(told).rejects.toThrow('The agent is stopping.')
    await waitFor(async () => !(await isRunning(child)), { describe: 'what it started to be gone' })
  })

  test.each([
    ['a program that is not there', ['no-such-program-here'], {}, 'was not found on PATH'],
    ['a folder that is not there', ['sh'], { cwd: './nowhere' }, 'does not exist'],
    ['a variable that is not set', ['sh'], { env: ['OPS_TOKEN'] }, 'OPS_TOKEN is not set'],
  ])('%s is said when the channel is opened', (_what, command, more, said) => {
    expect(() => commandOf(command, more)).toThrow(said)
  })
})

async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}
