import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Attempt, ConnectionSupervisor, type DatabaseView } from '../../../agent/connection/supervisor.ts'
import { DatabaseTrouble } from '../../../agent/store/database-trouble.ts'
import { systemClock } from '../../../shared/clock.ts'
import { causeRules, type DatabaseCause, databaseCauses } from '../../../shared/connection.ts'

const start = new Date('2026-03-02T12:00:00Z').getTime()
const secondMs = 1_000

beforeEach(() => {
  vi.useFakeTimers({ now: start, toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function trouble(cause: DatabaseCause): DatabaseTrouble {
  return new DatabaseTrouble(cause, `It is ${cause}.`, 'Mend it.')
}

/** As a socket says it. */
function broken(code = 'ECONNRESET'): Error {
  return Object.assign(new Error(code), { code })
}

/** As a server says it. */
function refusal(code: string): Error {
  return Object.assign(new pg.DatabaseError('refused', 0, 'error'), { code })
}

function setUp(initially: 'connecting' | 'up' = 'connecting') {
  let outcome: Attempt | DatabaseTrouble | Promise<Attempt> = trouble('network')
  let tries = 0
  const told: DatabaseView[] = []
  const supervisor = new ConnectionSupervisor({
    clock: systemClock,
    attempt: async () => {
      tries += 1
      if (outcome instanceof DatabaseTrouble) throw outcome
      return outcome
    },
    describe: (error) => (error instanceof DatabaseTrouble ? error : trouble('network')),
    random: () => 0,
    initially,
  })
  supervisor.subscribe((view) => told.push(view))
  return {
    supervisor,
    told,
    get tries() {
      return tries
    },
    /** Replaces what every later try ends with. */
    answer: (answer: Attempt | DatabaseTrouble | Promise<Attempt>): void => {
      outcome = answer
    },
  }
}

const well: Attempt = { now: new Date('2030-01-01T00:00:00Z'), limit: null }

/** Lets what is due at this instant happen. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

describe('fault 10: a database that is away at the start', () => {
  test('is tried again with growing pauses, and said with cause, since when and next try', async () => {
    const { supervisor, answer, told } = setUp()
    answer(trouble('refused'))
    supervisor.start()
    await settle()
    expect(supervisor.view).toMatchObject({
      state: 'down',
      cause: 'refused',
      reason: 'It is refused.',
      fix: 'Mend it.',
    })
    const pauses: number[] = []
    for (let n = 0; n < 8; n += 1) {
      const next = supervisor.view.nextTryAt?.getTime() ?? 0
      pauses.push((next - Date.now()) / secondMs)
      await vi.advanceTimersByTimeAsync(next - Date.now())
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30])
    expect(told).toHaveLength(9)
    expect(new Set(told.map(({ since }) => since.getTime())).size).toBe(1)
    await supervisor.stop()
  })

  test('nobody else opens a connection meanwhile, and everybody may once it answers', async () => {
    const { supervisor, answer } = setUp()
    expect(supervisor.gate.closed()).toMatchObject({ problem: { code: 'unavailable' } })
    answer(trouble('refused'))
    supervisor.start()
    await settle()
    expect(supervisor.gate.closed()?.problem).toMatchObject({
      code: 'database_unreachable',
      message: 'It is refused. Next try in 1 s.',
      value: 'refused',
      fix: 'Mend it.',
    })
    answer(well)
    await vi.advanceTimersByTimeAsync(secondMs)
    expect(supervisor.gate.closed()).toBeNull()
    expect(supervisor.view).toMatchObject({ state: 'up', cause: null, reason: null, nextTryAt: null })
    await supervisor.stop()
  })

  test('whoever waits for it goes on when it is there, or when waiting is given up', async () => {
    const { supervisor, answer } = setUp()
    answer(trouble('starting'))
    supervisor.start()
    const waiting = supervisor.usable(new AbortController().signal)
    const impatient = new AbortController()
    const givenUp = supervisor.usable(impatient.signal).catch((reason: unknown) => String(reason))
    await settle()
    impatient.abort('enough')
    expect(await givenUp).toBe('enough')
    answer(well)
    await vi.advanceTimersByTimeAsync(secondMs)
    await waiting
    await supervisor.stop()
  })
})

describe('fault 11: what only a person can mend', () => {
  test.each(databaseCauses.filter((cause) => causeRules[cause].retry === 'person'))(
    '%s is tried once, then when a person asks, and else only after half an hour',
    async (cause) => {
      const part = setUp()
      const { supervisor, answer } = part
      answer(trouble(cause))
      supervisor.start()
      await vi.advanceTimersByTimeAsync(29 * 60 * secondMs)
      expect(part.tries).toBe(1)
      await Promise.all([supervisor.retry(), supervisor.retry()])
      expect(part.tries).toBe(2)
      await vi.advanceTimersByTimeAsync(30 * 60 * secondMs)
      expect(part.tries).toBe(3)
      await supervisor.stop()
    },
  )

  test('a password that was changed under a working agent is not tried again to make sure', async () => {
    const part = setUp('up')
    part.supervisor.gate.failed(refusal('28P01'))
    expect(part.supervisor.state).toBe('down')
    await settle()
    expect(part.tries).toBe(0)
    await part.supervisor.stop()
  })
})

describe('fault 7, 8: doubts', () => {
  test('one broken connection is no outage when the database answers', async () => {
    const part = setUp('up')
    const { supervisor, answer, told } = part
    answer(well)
    for (let n = 0; n < 10; n += 1) supervisor.gate.failed(broken())
    await settle()
    expect({ tries: part.tries, state: supervisor.state, told }).toEqual({ tries: 1, state: 'up', told: [] })
    await supervisor.stop()
  })

  test('doubts that go on are settled once a second at most', async () => {
    const part = setUp('up')
    const { supervisor, answer } = part
    answer(well)
    for (let n = 0; n < 100; n += 1) {
      supervisor.gate.failed(broken())
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(part.tries).toBeLessThanOrEqual(11)
    await supervisor.stop()
  })

  test('what is wrong with a question says nothing about the database', async () => {
    const part = setUp('up')
    part.supervisor.gate.failed(new TypeError('x is not a function'))
    part.supervisor.gate.failed(new Error('expected'))
    await settle()
    expect(part.tries).toBe(0)
    await part.supervisor.stop()
  })

  test('fault 9: too slow for a new connection, but answers arrive: not down', async () => {
    const { supervisor, answer, told } = setUp('up')
    const { promise, reject } = Promise.withResolvers<Attempt>()
    answer(promise)
    supervisor.gate.failed(broken())
    await vi.advanceTimersByTimeAsync(5 * secondMs)
    supervisor.gate.answered()
    reject(trouble('timed_out'))
    await settle()
    expect([supervisor.state, told.length]).toEqual(['up', 0])
    answer(trouble('timed_out'))
    await vi.advanceTimersByTimeAsync(secondMs)
    expect(supervisor.view).toMatchObject({ state: 'down', cause: 'timed_out' })
    await supervisor.stop()
  })
})

describe('fault 12, 24: a database that takes no changes', () => {
  test.each(['read_only', 'schema_newer', 'schema_edited'] as const)('%s: questions are answered', async (cause) => {
    const { supervisor, answer } = setUp()
    answer({ ...well, limit: trouble(cause) })
    supervisor.start()
    await settle()
    expect(supervisor.view).toMatchObject({ state: 'limited', cause })
    expect([supervisor.canRead, supervisor.canChange, supervisor.gate.closed()]).toEqual([true, false, null])
    answer(well)
    await vi.advanceTimersByTimeAsync(60 * secondMs)
    expect(supervisor.canChange).toBe(true)
    await supervisor.stop()
  })

  test('each write that it refuses is not a new doubt', async () => {
    const part = setUp()
    part.answer({ ...well, limit: trouble('read_only') })
    part.supervisor.start()
    await settle()
    for (let n = 0; n < 20; n += 1) part.supervisor.gate.failed(refusal('25006'))
    await settle()
    expect(part.tries).toBe(1)
    await part.supervisor.stop()
  })
})

test('the clock of the database goes on while it is away, by whichever of ours has gone further', async () => {
  const { supervisor, answer } = setUp()
  expect(supervisor.now()).toEqual(new Date(start))
  answer(well)
  supervisor.start()
  await settle()
  await vi.advanceTimersByTimeAsync(90 * secondMs)
  expect(supervisor.now()).toEqual(new Date('2030-01-01T00:01:30Z'))
  // A laptop that slept: only its wall clock knows.
  vi.setSystemTime(Date.now() + 3_600 * secondMs)
  expect(supervisor.now()).toEqual(new Date('2030-01-01T01:01:30Z'))
  vi.setSystemTime(start)
  expect(supervisor.now().getTime()).toBeGreaterThanOrEqual(new Date('2030-01-01T00:01:30Z').getTime())
  await supervisor.stop()
})

test('that changes are not heard is said, and keeps nobody from anything', async () => {
  const { supervisor, told } = setUp('up')
  supervisor.noteDeafness('Changes are not heard.')
  supervisor.noteDeafness('Changes are not heard.')
  expect(told).toMatchObject([{ state: 'up', cause: null, reason: 'Changes are not heard.' }])
  expect(supervisor.canChange).toBe(true)
  supervisor.noteDeafness(null)
  expect(supervisor.view.reason).toBeNull()
  await supervisor.stop()
})

test('after the end nothing is tried and no timer is left', async () => {
  const part = setUp()
  part.answer(trouble('refused'))
  part.supervisor.start()
  await settle()
  await part.supervisor.stop()
  await part.supervisor.stop()
  await part.supervisor.retry()
  part.supervisor.gate.failed(broken())
  await vi.advanceTimersByTimeAsync(60 * secondMs)
  expect(part.tries).toBe(1)
  expect(vi.getTimerCount()).toBe(0)
})
