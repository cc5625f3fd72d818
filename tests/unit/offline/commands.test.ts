import { ORPCError } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ConnectionSupervisor } from '../../../agent/connection/supervisor.ts'
import { CommandQueue } from '../../../agent/console/command-queue.ts'
import type { ConsoleContext, Identity } from '../../../agent/console/context.ts'
import type { Deferrals } from '../../../agent/console/deferrals.ts'
import { deferrals as ofContract } from '../../../agent/console/deferrals.ts'
import { answerCall, type CallUnderWay } from '../../../agent/console/without-database.ts'
import { StoredCommands } from '../../../agent/offline/commands.ts'
import { type OfflineStore, openOfflineStore } from '../../../agent/offline/offline-store.ts'
import { offlineSubjects } from '../../../agent/offline/subjects.ts'
import { DatabaseTrouble } from '../../../agent/store/database-trouble.ts'
import { systemClock } from '../../../shared/clock.ts'
import { Problem } from '../../../shared/errors.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'

const person: Identity = { operator: 'alice', door: 'console', scope: 'operate', organizationId: null }
const bound: Identity = { ...person, operator: 'token', organizationId: 'org-1' }

/** A call that stands for any that may wait: it marks things, and says when they are not as they were seen. */
const deferrals: Deferrals = {
  'things.mark': {
    waiting: (input) => ({ waits: input }),
    conflict: (answer) => (answer as { against: string | null }).against,
    subjects: (input) => [(input as { id: string }).id],
  },
}

let folder: TemporaryFolder
let store: OfflineStore
let isUp: boolean
let supervisor: ConnectionSupervisor
let queue: CommandQueue
/** What the calls were made with, in order. */
let made: { input: unknown; identity: Identity }[]
/** What they end in; the last one again and again. */
let outcomes: (() => unknown)[]
let changes: number

beforeEach(async () => {
  folder = await temporaryFolder()
  store = await openStore()
  isUp = false
  made = []
  outcomes = [() => ({ against: null })]
  changes = 0
  supervisor = new ConnectionSupervisor({
    clock: systemClock,
    attempt: () => {
      if (!isUp) throw new DatabaseTrouble('refused', 'It is away.', 'Start it.')
      return Promise.resolve({ now: new Date(), limit: null })
    },
    describe: (error) => error as DatabaseTrouble,
    random: () => 0,
  })
  queue = openQueue()
  await supervisor.retry()
})
afterEach(async () => {
  await queue.stop()
  await supervisor.stop()
  store.close()
  await folder.remove()
})

function openStore(): Promise<OfflineStore> {
  return openOfflineStore({
    folder: folder.path,
    subjects: offlineSubjects,
    clock: systemClock,
    onLog: () => undefined,
    limits: { ballastBytes: 4_096 },
  })
}

function openQueue(place = 'here'): CommandQueue {
  return new CommandQueue({
    store: new StoredCommands(store, place),
    deferrals,
    supervisor,
    // No token is looked up here.
    database: { query: () => Promise.resolve([]) },
    make: async (_call, input, identity) => {
      made.push({ input, identity })
      const outcome = outcomes.length > 1 ? outcomes.shift() : outcomes[0]
      return outcome?.()
    },
    onChange: () => (changes += 1),
  })
}

const asked = (id: string, organizationId = 'org-1') => ({ organizationId, id, seen: 'event 7' })
const add = (id: string, identity = person, organizationId = 'org-1'): unknown =>
  queue.add('things.mark', asked(id, organizationId), identity)
const states = (identity = person) => queue.list(identity).map(({ subjects, state }) => `${subjects.join()} ${state}`)

async function bringBack(): Promise<void> {
  isUp = true
  await supervisor.retry()
  await queue.deliver()
}

describe('O2: what operators ask for while the database is away', () => {
  test('is answered at once, shown as waiting, and done in order when it is back, with what they saw', async () => {
    expect(add('a')).toEqual({ waits: asked('a') })
    add('b', bound)
    expect(states()).toEqual(['a waiting', 'b waiting'])
    expect(made).toEqual([])
    await bringBack()
    expect(made).toEqual([
      { input: asked('a'), identity: person },
      { input: asked('b'), identity: bound },
    ])
    expect(states()).toEqual([])
    expect(changes).toBe(4)
  })

  test('outlives the process', async () => {
    add('a')
    await queue.stop()
    store.close()
    store = await openStore()
    queue = openQueue()
    expect(states()).toEqual(['a waiting'])
    await bringBack()
    expect(made).toEqual([{ input: asked('a'), identity: person }])
  })

  test('what made no sense any more is a conflict with the reason, until somebody has read it; the rest is done', async () => {
    outcomes = [
      () => ({ against: 'It was resolved meanwhile.' }),
      () => {
        throw new Problem('not_found', 'There is no thing b.')
      },
      () => ({ against: null }),
    ]
    for (const id of ['a', 'b', 'c']) add(id)
    await bringBack()
    expect(queue.list(person).map(({ state, message }) => [state, message])).toEqual([
      ['conflict', 'It was resolved meanwhile.'],
      ['conflict', 'There is no thing b.'],
    ])
    await queue.deliver()
    expect(made).toHaveLength(3)
    const [first] = queue.list(person)
    expect(queue.dismiss(first?.id ?? '', person)).toBe(true)
    expect(queue.dismiss(first?.id ?? '', person)).toBe(false)
    expect(states()).toEqual(['b conflict'])
  })

  test('a database that goes away again in the middle: what got no answer waits, and nothing is done out of order', async () => {
    outcomes = [
      () => ({ against: null }),
      () => {
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      },
      () => ({ against: null }),
    ]
    for (const id of ['a', 'b', 'c']) add(id)
    await bringBack()
    expect(states()).toEqual(['b waiting', 'c waiting'])
    await queue.deliver()
    expect(made.map(({ input }) => (input as { id: string }).id)).toEqual(['a', 'b', 'b', 'c'])
  })

  test('what got no answer is tried again though the database was there the whole time, soon and then less often', async () => {
    const unanswered = () => {
      throw new ORPCError('DATABASE_UNREACHABLE', { status: 503 })
    }
    outcomes = [unanswered, unanswered, unanswered, () => ({ against: null })]
    add('a')
    add('b')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      isUp = true
      await supervisor.retry()
      const counts: number[] = []
      for (const ms of [4_999, 1, 9_999, 1, 19_999, 1]) {
        await vi.advanceTimersByTimeAsync(ms)
        counts.push(made.length)
      }
      expect(counts).toEqual([1, 2, 2, 3, 3, 5])
      expect(states()).toEqual([])
      expect([supervisor.state, vi.getTimerCount()]).toEqual(['up', 0])
    } finally {
      vi.useRealTimers()
    }
  })

  test('what was kept just as the database came back is done', async () => {
    isUp = true
    await supervisor.retry()
    add('a')
    await waitFor(() => states().length === 0, { describe: 'the command to be done' })
    expect(made).toHaveLength(1)
  })

  test('what was done while the program stopped is not done again by the next', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    outcomes = [() => promise, () => ({ against: null })]
    add('a')
    isUp = true
    await supervisor.retry()
    expect(made).toHaveLength(1)
    const stopped = queue.stop()
    resolve({ against: null })
    await stopped
    queue = openQueue()
    await queue.deliver()
    expect(made).toHaveLength(1)
    expect(states()).toEqual([])
  })

  test('each sees what is of an organization of theirs, and takes nothing else away', () => {
    add('a')
    add('b', person, 'org-2')
    expect(states(bound)).toEqual(['a waiting'])
    const other = queue.list(person).find(({ organizationId }) => organizationId === 'org-2')
    expect(queue.dismiss(other?.id ?? '', bound)).toBe(false)
    expect(states()).toEqual(['a waiting', 'b waiting'])
  })

  test('what was asked of one database is not done on another', async () => {
    add('a')
    await queue.stop()
    queue = openQueue('elsewhere')
    await bringBack()
    expect([made, states()]).toEqual([[], []])
    await queue.stop()
    queue = openQueue()
    await queue.deliver()
    expect(made).toHaveLength(1)
  })

  test('a token that was revoked meanwhile does nothing any more', async () => {
    add('a', { ...bound, tokenId: '00000000-0000-4000-8000-00000000cafe' })
    await bringBack()
    expect(made).toEqual([])
    expect(queue.list(person)[0]?.message).toBe('The token "token" is revoked or has expired meanwhile.')
  })

  test('fault 21: what cannot be kept is refused, and says so', () => {
    store.close()
    expect(() => add('a')).toThrow(/It is away\. Next try in .* It cannot be kept on this device/)
  })

  test('a call that cannot wait is refused', () => {
    expect(() => queue.add('jobs.act', {}, person)).toThrow('It is away. Next try in')
  })
})

describe('a call that may wait', () => {
  function call(input: unknown, changed: Partial<ConsoleContext> = {}): CallUnderWay {
    // Only these of the services are looked at.
    const services = { supervisor, commands: queue } as unknown as ConsoleContext['services']
    return {
      name: 'things.mark',
      context: { services, identity: person, ...changed },
      checkedInput: () => Promise.resolve(input === 'wrong' ? null : { value: input }),
      answer: () => Promise.resolve('done'),
    }
  }

  test('waits while the database is away, and is done at once while it is not', async () => {
    expect(await answerCall('waits', call(asked('a')))).toEqual({ waits: asked('a') })
    await bringBack()
    expect(await answerCall('waits', call(asked('b')))).toBe('done')
    expect(states()).toEqual([])
  })

  test('with an input that is wrong does not wait to be refused', async () => {
    expect(await answerCall('waits', call('wrong'))).toBe('done')
    expect(states()).toEqual([])
  })

  test('that waited already is done now or not at all', async () => {
    await expect(answerCall('waits', call(asked('a'), { isLate: true }))).rejects.toThrow('It is away.')
    expect(states()).toEqual([])
  })
})

test('N3: commands on incidents say that they wait, and which of them are in conflict', () => {
  const input = {
    organizationId: 'o',
    incidents: [
      { id: '1', seenEventId: '7' },
      { id: '2', seenEventId: null },
    ],
  }
  for (const name of ['acknowledge', 'unacknowledge', 'snooze', 'wake', 'annotate']) {
    const deferral = ofContract[`incidents.${name}`]
    expect(deferral?.subjects(input)).toEqual(['1', '2'])
    expect(deferral?.waiting(input)).toMatchObject({ results: [{ id: '1', outcome: 'waiting' }, { id: '2' }] })
    const result = (outcome: string, message: string) => ({ id: '1', outcome, message })
    expect(deferral?.conflict({ results: [result('applied', 'x'), result('unchanged', 'y')] })).toBeNull()
    expect(deferral?.conflict({ results: [result('applied', 'x'), result('conflict', 'Resolved.')] })).toBe('Resolved.')
  }
})
