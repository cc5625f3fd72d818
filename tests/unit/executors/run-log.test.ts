import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { createRunLog, type LogLine, type RunLogLimits, runLogLimits } from '../../../agent/jobs/log/run-log.ts'
import { SecretMasker } from '../../../agent/jobs/log/secret-masker.ts'
import { TestClock } from '../../support/clock.ts'

function openLog(limits: RunLogLimits = runLogLimits) {
  const lines: LogLine[] = []
  const secrets = new SecretMasker()
  const clock = new TestClock()
  const log = createRunLog({ sink: (line) => lines.push(line), clock, secrets, limits })
  return { lines, secrets, clock, log, step: log.forStep('extract') }
}

function streamed(...pieces: (string | Uint8Array)[]): string[] {
  const { lines, log, step } = openLog()
  const stream = step.stream('stdout')
  for (const piece of pieces) stream.chunk(typeof piece === 'string' ? Buffer.from(piece) : piece)
  stream.end()
  log.end()
  return lines.map((line) => line.message)
}

describe('lines of a stream', () => {
  test.each([
    ['newlines of both kinds', ['a\nb\r\nc'], ['a', 'b', 'c']],
    ['a line break over two chunks', ['a\r', '\nb'], ['a', 'b']],
    ['the last state of a progress bar', ['10%\r20%\r', '100%\ndone\n'], ['100%', 'done']],
    ['a progress bar that rewinds at its end', ['10%\r100%\r'], ['100%']],
    ['empty lines', ['a\n\nb\n'], ['a', '', 'b']],
    ['a character over two chunks', [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)], ['é']],
    ['bytes that are no UTF-8', [Uint8Array.of(0x61, 0xff, 0xc3, 0x28)], ['a\uFFFD\uFFFD(']],
    ['nothing', [], []],
  ])('%s', (_what, pieces, expected) => {
    expect(streamed(...pieces)).toEqual(expected)
  })

  test('come live, with their time, step and source', () => {
    const { lines, clock, step } = openLog()
    const stream = step.stream('stderr')
    stream.chunk(Buffer.from('one\ntw'))
    expect(lines).toEqual([{ at: clock.now(), level: 'info', step: 'extract', source: 'stderr', message: 'one' }])
  })
})

describe('bad input 35: what a terminal would obey', () => {
  const escape = '\u001b'
  test.each([
    ['colours stay', `${escape}[1;31mred${escape}[0m`, `${escape}[1;31mred${escape}[0m`],
    ['clearing the screen goes', `${escape}[2J${escape}[Hhello`, 'hello'],
    ['links go, their text stays', `${escape}]8;;javascript:x${escape}\\here${escape}]8;;\u0007`, 'here'],
    ['titles go', `${escape}]0;title\u0007text`, 'text'],
    ['one-character forms go', '\u009b2Jx\u009d0;t\u009cy', 'xy'],
    ['backspaces, bells and DEL go', 'a\bb\u0007c\u007f', 'abc'],
    ['a sequence that never ends hides nothing', `${escape}]8;;still readable`, '8;;still readable'],
    ['tabs stay', 'a\tb', 'a\tb'],
    ['NUL becomes U+FFFD (13)', 'a\u0000b', 'a\uFFFDb'],
  ])('%s', (_what, text, expected) => {
    expect(streamed(text)).toEqual([expected])
  })

  test('messages too, and lone surrogates (14); their newlines stay', () => {
    const { lines, step } = openLog()
    step.write('error', `a\r\n${escape}[2Jb\u0000\ud800`)
    expect(lines[0]?.message).toBe('a\nb\uFFFD\uFFFD')
  })
})

setFlagsFromString('--expose-gc')
// The context is only a way to reach the collector of this process.
const collectGarbage = runInNewContext('gc') as () => void

/** What is really held, without the garbage that nobody has collected yet. */
function heldBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

describe('bad input 34: more than anybody can read', () => {
  test('a line of 50 MB is cut at 16,384 characters, and says so', () => {
    const piece = Buffer.alloc(1024 * 1024, 'x')
    const pieces = Array.from({ length: 50 }, () => piece)
    expect(streamed(...pieces, '\nnext')).toEqual([
      `${'x'.repeat(16_384)} … ${50 * 1024 * 1024 - 16_384} bytes cut`,
      'next',
    ])
  })

  test('a message of 20 MB too', () => {
    const { lines, step } = openLog()
    step.write('info', 'é'.repeat(10_000_000))
    expect(lines[0]?.message).toBe(`${'é'.repeat(16_384)} … ${20_000_000 - 2 * 16_384} bytes cut`)
  })

  test('a cut never leaves half a character', () => {
    expect(streamed('😀'.repeat(20_000))[0]?.isWellFormed()).toBe(true)
    expect(streamed(`x${'😀'.repeat(20_000)}`)[0]?.isWellFormed()).toBe(true)
  })

  test('of a long log the head comes live, the tail at the end, and between them what was cut', () => {
    const { lines, log, step } = openLog({ ...runLogLimits, headBytes: 30, tailBytes: 21 })
    const stream = step.stream('stdout')
    for (let number = 100; number < 200; number += 1) stream.chunk(Buffer.from(`line ${number}\n`))
    stream.end()
    expect(lines.map((line) => line.message)).toEqual([
      'line 100',
      'line 101',
      'line 102',
      '… output is being kept back until the run ends: it is long',
    ])
    log.end()
    expect(lines.slice(4).map((line) => line.message)).toEqual(['… 95 lines, 760 bytes cut', 'line 198', 'line 199'])
  })

  test('a secret learned late is masked in the tail that was held back', () => {
    const { lines, log, step, secrets } = openLog({ ...runLogLimits, headBytes: 1 })
    step.write('info', 'it is canary-1')
    secrets.add('canary-1')
    log.end()
    expect(lines.at(-1)?.message).toBe('it is ***')
  })

  test.each([
    ['lines', 'some line of output that is not very long\n'.repeat(1_500), 40],
    ['empty lines', '\n'.repeat(64 * 1024), 2],
    ['a progress bar', 'progress 10%\r'.repeat(5_000), 40],
    ['no line at all', 'x'.repeat(64 * 1024), 400],
    ['binary', Buffer.from(Array.from({ length: 64 * 1024 }, (_, index) => (index * 31) % 256)), 40],
  ])('memory stays flat under a flood of %s', (_what, sample, megabytes) => {
    const { lines, log, step } = openLog()
    const stream = step.stream('stdout')
    const chunk = Buffer.from(sample)
    const before = heldBytes()
    for (let sent = 0; sent < megabytes * 1_000_000; sent += chunk.length) stream.chunk(chunk)
    expect(heldBytes() - before).toBeLessThan(4 * 1024 * 1024)
    stream.end()
    log.end()
    expect(lines.length).toBeLessThan(runLogLimits.headLines + runLogLimits.tailLines + 3)
    expect(lines.reduce((sum, line) => sum + Buffer.byteLength(line.message), 0)).toBeLessThan(400 * 1024)
  })
})
