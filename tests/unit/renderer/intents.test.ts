import { ORPCError } from '@orpc/client'
import { beforeEach, describe, expect, test } from 'vitest'
import { Intents } from '../../../renderer/client/intents.ts'
import { Unanswered } from '../../../renderer/client/unanswered.ts'
import { TestClock } from '../../support/clock.ts'

/** The ids that were sent; each call is answered when the test says so. */
let sent: { readonly id: string; answer: () => void; fail: (error: unknown) => void }[]
let clock: TestClock
let intents: Intents

const press = (what: unknown = { job: 1 }): void =>
  intents.send(what, (id) => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    sent.push({ id, answer: () => resolve(undefined), fail: reject })
    return promise
  })

/** What was resolved or rejected has been noticed. */
const noticed = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

beforeEach(() => {
  sent = []
  clock = new TestClock()
  intents = new Intents(clock)
})

describe('one intent, one id', () => {
  test('a press while the first is on its way, and soon after its answer, sends nothing', async () => {
    press()
    press()
    expect(sent).toHaveLength(1)
    clock.advance(5_000)
    sent[0]?.answer()
    await noticed()
    press()
    clock.advance(900)
    press()
    expect(sent).toHaveLength(1)
  })

  test('a key that is held down is one press for as long as it is held', async () => {
    press()
    sent[0]?.answer()
    await noticed()
    for (let repeat = 0; repeat < 100; repeat++) {
      clock.advance(30)
      press()
    }
    expect(sent).toHaveLength(1)
  })

  test('pressed again later it is wanted anew, and something else at once', async () => {
    press({ job: 1 })
    press({ job: 2 })
    sent[0]?.answer()
    await noticed()
    clock.advance(1_001)
    press({ job: 1 })
    expect(sent).toHaveLength(3)
    expect(new Set(sent.map(({ id }) => id)).size).toBe(3)
  })

  test('what nobody has answered is sent again at once, under its id', async () => {
    press()
    sent[0]?.fail(new TypeError('Failed to fetch'))
    await noticed()
    press()
    clock.advance(60_000)
    sent[1]?.fail(new ORPCError('BAD_GATEWAY', { status: 502 }))
    await noticed()
    press()
    expect(sent.map(({ id }) => id)).toEqual([sent[0]?.id, sent[0]?.id, sent[0]?.id])
  })

  test('what was refused has made nothing: later it is sent under a new id', async () => {
    press()
    sent[0]?.fail(new ORPCError('CONFLICT', { defined: true, status: 409, data: { field: 'requestId' } }))
    await noticed()
    press()
    expect(sent).toHaveLength(1)
    clock.advance(1_001)
    press()
    expect(sent[1]?.id).not.toBe(sent[0]?.id)
  })

  test('what nobody has answered ten minutes ago is wanted anew', async () => {
    press()
    sent[0]?.fail(new TypeError('Failed to fetch'))
    await noticed()
    clock.advance(10 * 60_000)
    press()
    sent[1]?.fail(new TypeError('Failed to fetch'))
    await noticed()
    clock.advance(10 * 60_000 + 1)
    press()
    expect(sent[1]?.id).toBe(sent[0]?.id)
    expect(sent[2]?.id).not.toBe(sent[0]?.id)
  })
})

describe('what nobody has answered for', () => {
  test('keeps its id whatever it is asked for with, until somebody answers or ten minutes have passed', () => {
    const unanswered = new Unanswered(clock)
    unanswered.add(['run_now a', 'run_now b', 'run_now c'], 'first')
    expect(['run_now a', 'run_now d', 'retry a'].map((one) => unanswered.idOf(one, 'new'))).toEqual([
      'first',
      'new',
      'new',
    ])
    unanswered.remove(['run_now b'])
    expect(unanswered.idOf('run_now b', 'new')).toBe('new')
    clock.advance(10 * 60_000)
    expect(unanswered.idOf('run_now c', 'new')).toBe('first')
    clock.advance(1)
    expect(unanswered.idOf('run_now c', 'new')).toBe('new')
  })
})
