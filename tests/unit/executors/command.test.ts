import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type CommandSpec,
  checkCommand,
  commandSpec,
  createCommandExecutor,
} from '../../../agent/jobs/executors/command.ts'
import { shortPathHint } from '../../../agent/jobs/executors/command-lookup.ts'
import { isGroupAlive } from '../../../agent/jobs/executors/process-group.ts'
import { waitFor } from '../../support/wait.ts'
import { rejection, type TestStep, testStep } from './step-context.ts'

const environment = { PATH: process.env['PATH'], ORDERS_TOKEN: 'canary-7f3a91', UNLISTED: 'never-seen', HOME: '/tmp' }
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pm-command-'))
})
afterAll(() => rm(folder, { recursive: true }))

function run(spec: CommandSpec, step: TestStep, graceMs = 300) {
  return createCommandExecutor({ environment, baseDirectory: folder, graceMs })(spec, step.context)
}

/** A shell as the program under test; the executor itself never uses one for what runs. */
const shell = (script: string, ...rest: string[]): CommandSpec => ({ command: ['sh', '-c', script, 'sh', ...rest] })

async function pidFrom(file: string): Promise<number> {
  const text = await waitFor(() => readFile(join(folder, file), 'utf8'), { describe: `${file} to be written` })
  return Number(text)
}

describe('what a command gets', () => {
  test('arguments are plain text: no shell reads them', async () => {
    const step = testStep({ parameters: { what: '$(id) `id` ; id > pwned', days: 7 } })
    await run({ command: ['printf', '%s|', 'x{{ parameters.what }}', '--days={{ parameters.days }}'] }, step)
    expect(step.messages('stdout')).toEqual(['x$(id) `id` ; id > pwned|--days=7|'])
  })

  test('the run, its parameters, the listed variables and nothing else', async () => {
    const step = testStep({ parameters: { days: 7 }, environment })
    const spec = { command: ['env'] as [string], env: ['ORDERS_TOKEN'] }
    await run(spec, step)
    const seen = step.messages('stdout').map((line) => line.split('=')[0])
    // PWD, OLDPWD, SHLVL and _ are made by the shell that becomes the command.
    const names = new Set(seen.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name ?? '')))
    const expected = ['HOME', 'ORDERS_TOKEN', 'PATH', 'PM_ATTEMPT', 'PM_BRAND_ID', 'PM_JOB_TYPE', 'PM_PARAMETERS']
    expect(names).toEqual(new Set([...expected, 'PM_RUN_ID', 'PM_STEP']))
    expect(step.messages('stdout')).toContain('PM_PARAMETERS={"days":7}')
    expect(step.messages('stdout')).toContain('ORDERS_TOKEN=***')
  })

  test('a listed variable that is not set is warned about', async () => {
    const step = testStep({ environment })
    await run({ command: ['true'], env: ['NOT_THERE'] }, step)
    expect(step.messages('agent')).toEqual(["NOT_THERE is not set in the agent's environment"])
  })

  test('an empty stdin', async () => {
    const step = testStep()
    await run(shell('wc -c; readlink /proc/$$/fd/0 || true'), step)
    expect(step.messages('stdout')[0]?.trim()).toBe('0')
  })

  test('cwd starts at the catalog file', async () => {
    const step = testStep()
    await run({ command: ['pwd'], cwd: './.' }, step)
    expect(step.messages('stdout')).toEqual([folder])
  })
})

describe('bad input 40: hostile arguments', () => {
  const whole = { command: ['printf', '%s', '{{ parameters.value }}'] as [string, ...string[]] }
  test.each([['-rf'], ['--output=/etc/passwd'], [' -x'], ['a\u0000b'], ['x'.repeat(140_000)]])(
    'is refused: %j',
    async (value) => {
      const step = testStep({ parameters: { value } })
      expect(await rejection(run(whole, step))).toMatchObject({ kind: 'invalid_parameters' })
      expect(step.lines).toEqual([])
    },
  )

  test('the same value inside an option that the file wrote is passed', async () => {
    const step = testStep({ parameters: { value: '-rf' } })
    await run({ command: ['printf', '%s', '--name={{ parameters.value }}'] }, step)
    expect(step.messages('stdout')).toEqual(['--name=-rf'])
  })

  test('parameters too long for an environment variable are refused', async () => {
    const step = testStep({ parameters: { value: 'x'.repeat(120_000) } })
    expect(await rejection(run({ command: ['true'] }, step))).toMatchObject({ kind: 'invalid_parameters' })
  })

  test('the program itself may not come from a parameter', () => {
    expect(commandSpec.safeParse({ command: ['{{ parameters.program }}'] }).success).toBe(false)
    expect(commandSpec.safeParse({ command: [] }).success).toBe(false)
    expect(commandSpec.safeParse({ command: ['true'], shell: true }).success).toBe(false)
  })
})

describe('messages on stdout', () => {
  test('progress, records (the last count wins), metadata (merged) and log', async () => {
    const step = testStep()
    const lines = [
      '{"pm":"progress","done":3,"total":10}',
      '{"pm":"progress","done":4}',
      '{"pm":"records","count":5}',
      '{"pm":"records","count":120}',
      '{"pm":"metadata","data":{"a":1,"b":{"c":[true,null]}}}',
      '{"pm":"metadata","data":{"a":2}}',
      '{"pm":"log","level":"warn","message":"careful"}',
      'plain text',
      '{"not":"ours"}',
    ]
    const result = await run({ command: ['printf', '%s\n', ...lines] }, step)
    expect(result).toEqual({ recordsAffected: 120, metadata: { a: 2, b: { c: [true, null] } } })
    expect(step.progress).toEqual([
      { done: 3, total: 10 },
      { done: 4, total: null },
    ])
    expect(step.messages('stdout')).toEqual(['plain text', '{"not":"ours"}'])
    expect(step.lines.filter(({ source }) => source === 'agent')).toMatchObject([{ level: 'warn', message: 'careful' }])
  })

  test('one that cannot be understood is log text, with one warning for all', async () => {
    const step = testStep()
    const deep = `{"pm":"metadata","data":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`
    const lines = ['{"pm":"records","count":-1}', '{"pm":"records","count":1e400}', '{"pm":"dance"}', '{"pm":']
    const result = await run({ command: ['printf', '%s\n', ...lines, deep] }, step)
    expect(result.recordsAffected).toBe(null)
    expect(step.messages('stdout').slice(0, 4)).toEqual(lines)
    expect(step.messages('agent')).toHaveLength(1)
  })

  test('bad inputs 13, 14, 21: metadata is made storable', async () => {
    const step = testStep()
    const line = String.raw`{"pm":"metadata","data":{"__proto__":{"x":1},"a\u0000":"\ud800","b":"ok\u0000"}}`
    const result = await run({ command: ['printf', '%s\n', line] }, step)
    expect(result.metadata).toEqual({ 'a\uFFFD': '\uFFFD', b: 'ok\uFFFD' })
    expect(Object.getPrototypeOf(result.metadata)).toBe(Object.prototype)
  })
})

describe('how a command ends', () => {
  test.each([
    [1, 'retryable'],
    [75, 'retryable'],
    [143, 'retryable'],
    [78, 'configuration'],
    [127, 'configuration'],
  ])('exit status %i is %s', async (status, kind) => {
    const failure = await rejection(
      run(shell('echo first >&2; echo "the cause" >&2; exit "$1"', String(status)), testStep()),
    )
    expect(failure).toMatchObject({ kind, message: `sh exited with status ${status}: the cause` })
  })

  test('a signal comes through as itself', async () => {
    const failure = await rejection(run(shell('kill -SEGV $$'), testStep()))
    expect(failure).toMatchObject({ kind: 'retryable', message: 'sh was ended by SIGSEGV' })
  })

  test('what was achieved before is kept', async () => {
    const failure = await rejection(run(shell(`echo '{"pm":"records","count":7}'; exit 1`), testStep()))
    expect(failure).toMatchObject({ partial: { recordsAffected: 7 } })
  })

  test('a program, a file or a folder that is not there is configuration, and says what to do', async () => {
    await writeFile(join(folder, 'not-executable'), '')
    const missing = await rejection(run({ command: ['no-such-program-here'] }, testStep()))
    expect(missing).toMatchObject({ kind: 'configuration' })
    expect(String(missing)).toMatch(/no-such-program-here was not found on PATH .*install it/)
    expect(await rejection(run({ command: ['./not-executable'] }, testStep()))).toMatchObject({ kind: 'configuration' })
    expect(await rejection(run({ command: ['true'], cwd: 'nowhere' }, testStep()))).toMatchObject({
      message: `the folder ${join(folder, 'nowhere')} (cwd) does not exist`,
    })
    expect(checkCommand({ command: ['sh'] }, { environment, baseDirectory: folder })).toMatchObject({ ok: true })
  })

  test('on macOS a program of the Dock, which sees the folders of the system alone, is told so', () => {
    expect(shortPathHint('/usr/bin:/bin:/usr/sbin:/sbin', 'darwin')).toContain('from the Dock')
    expect(shortPathHint('/opt/homebrew/bin:/usr/bin:/bin', 'darwin')).toBe('')
    expect(shortPathHint('/usr/bin:/bin', 'linux')).toBe('')
  })
})

describe('J11: nothing of a step runs once it has returned', () => {
  const stubborn = `trap '' TERM; (trap '' TERM; sleep 600) & echo $$ > "$1"; wait`

  test('cancel ends the whole group, even one that ignores SIGTERM', async () => {
    const step = testStep()
    const running = rejection(run(shell(stubborn, 'stubborn'), step, 100))
    const pid = await pidFrom('stubborn')
    step.abort.abort(new Error('somebody cancelled'))
    expect(await running).toMatchObject({ message: 'sh was stopped: somebody cancelled' })
    expect(await isGroupAlive(pid)).toBe(false)
  })

  test('a command that can end by itself is given the time', async () => {
    const step = testStep()
    const script = `trap 'echo tidied; exit 0' TERM; echo $$ > polite; while :; do sleep 0.05; done`
    const running = rejection(run(shell(script), step, 20_000))
    await pidFrom('polite')
    step.abort.abort(new Error('shutdown'))
    await running
    expect(step.messages('stdout')).toEqual(['tidied'])
  })

  test('timeout_seconds stops it', async () => {
    const failure = await rejection(run({ ...shell('exec sleep 600'), timeout_seconds: 0.2 }, testStep()))
    expect(failure).toMatchObject({ kind: 'retryable' })
    expect(String(failure)).toMatch(/sh was stopped: .*timeout/)
  })

  test('what a command leaves behind is stopped', async () => {
    const step = testStep()
    const result = await run(shell(`sleep 600 & echo $$ > left; echo '{"pm":"records","count":1}'`), step)
    expect(result.recordsAffected).toBe(1)
    expect(await isGroupAlive(await pidFrom('left'))).toBe(false)
    expect(step.messages('agent')).toEqual(['the command left processes running; they were stopped'])
  })

  test('output that something outside the group keeps open is not waited for', async () => {
    const step = testStep()
    const script =
      'setsid sh -c \'echo $$ > "$1"; exec sleep 600\' sh escaped & echo done; while [ ! -s escaped ]; do sleep 0.02; done'
    await run(shell(script), step)
    process.kill(await pidFrom('escaped'), 'SIGKILL')
    expect(step.messages('stdout')).toEqual(['done'])
  })

  test('an abort before the start starts nothing', async () => {
    const step = testStep()
    step.abort.abort(new Error('too late'))
    await rejection(run(shell('echo > started'), step))
    await expect(readFile(join(folder, 'started'))).rejects.toThrow('ENOENT')
  })
})
