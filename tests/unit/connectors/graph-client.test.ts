import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fetchAccount } from '../../../agent/connectors/meta/accounts.ts'
import { GraphFailure } from '../../../agent/connectors/meta/graph-failure.ts'
import { fetchInsights } from '../../../agent/connectors/meta/insights.ts'
import type { Fault } from '../../../examples/meta-simulator/faults.ts'
import { collected, graphClient, startSimulator, type TestSimulator } from '../../support/meta.ts'
import { rejection } from '../executors/step-context.ts'

const day = { since: '2026-11-10', until: '2026-11-10' }
const twoDays = { since: '2026-11-09', until: '2026-11-10' }

let running: TestSimulator
beforeEach(async () => {
  running = await startSimulator()
})
afterEach(() => running.stop())

async function failureWith(fault: Fault, times = 3): Promise<GraphFailure> {
  running.simulator.simulation.faults.plan({ at: 'any', fault, times })
  const failure = await rejection(fetchAccount(graphClient(running.simulator).client, 'act_1'))
  if (failure instanceof GraphFailure) return failure
  throw failure
}

describe('what an error of the Graph API means', () => {
  test.each([4, 17, 32, 613, 80_000, 80_004, 80_014])('%i: throttled, for as long as the header says', async (code) => {
    const failure = await failureWith({ kind: 'throttled', code, minutes: 7 })
    expect(failure).toMatchObject({ kind: 'rate_limited', retryAfterMs: 7 * 60_000 })
    expect(running.simulator.requests).toHaveLength(1)
  })

  test('throttled without a word about how long: five minutes', async () => {
    expect(await failureWith({ kind: 'error', code: 4, subcode: 1_504_022 })).toMatchObject({
      kind: 'rate_limited',
      retryAfterMs: 5 * 60_000,
    })
  })

  test.each([
    [190, 463, 'token'],
    [102, undefined, 'token'],
    [10, undefined, 'permission'],
    [200, undefined, 'permission'],
    [294, undefined, 'permission'],
    [100, 33, 'permission'],
    [100, 1_487_534, 'too_much_data'],
    [2, 1_504_018, 'too_slow'],
    [1, undefined, 'transient'],
    [2, undefined, 'transient'],
    [100, undefined, 'refused'],
    [2_635, undefined, 'refused'],
  ] as const)('%s with subcode %s: %s', async (code, subcode, kind) => {
    const failure = await failureWith({ kind: 'error', code, ...(subcode === undefined ? {} : { subcode }) })
    expect(failure.kind).toBe(kind)
    expect(failure.message).toContain(`GET /act_1 with error ${code}`)
  })
})

describe('what is tried again', () => {
  test.each([
    { kind: 'error', code: 2, status: 500 },
    { kind: 'html' },
    { kind: 'cut_json' },
    { kind: 'reset' },
  ] satisfies Fault[])('$kind twice, then an answer', async (fault) => {
    running.simulator.simulation.faults.plan({ at: 'account', fault, times: 2 })
    const { client, retries } = graphClient(running.simulator)
    expect(await fetchAccount(client, '1')).toEqual({ name: 'Small', currency: 'USD', timeZone: 'UTC' })
    expect(retries).toHaveLength(2)
    expect(client.requests).toBe(3)
  })

  test('bad input: HTML instead of JSON, three times, is a failure that says so', async () => {
    const failure = await failureWith({ kind: 'html' })
    expect(failure.message).toBe('Meta answered GET /act_1 with status 200 and a web page that is no JSON.')
    expect(failure.kind).toBe('broken_answer')
  })

  test('no answer in time counts as transient', async () => {
    running.simulator.simulation.faults.plan({ at: 'account', fault: { kind: 'hang' }, times: 1 })
    const { client, retries } = graphClient(running.simulator, { patience: { answerMs: 200, retryMs: 1 } })
    await fetchAccount(client, '1')
    expect(retries[0]).toContain('no answer within 0.2 s')
  })

  test('J11: an abort ends a request that hangs, and nothing is tried again', async () => {
    running.simulator.simulation.faults.plan({ at: 'account', fault: { kind: 'hang' }, times: 1 })
    const { client, abort, retries } = graphClient(running.simulator)
    const asked = rejection(fetchAccount(client, '1'))
    abort.abort(new Error('cancelled by a person'))
    expect(await asked).toMatchObject({ message: 'cancelled by a person' })
    expect(retries).toEqual([])
  })
})

test('an answer in another shape is a failure that names the place', async () => {
  const odd: typeof fetch = () => Promise.resolve(Response.json({ currency: 'dollars', timezone_name: 'UTC' }))
  const failure = await rejection(fetchAccount(graphClient(running.simulator, { fetch: odd }).client, '1'))
  expect(failure).toMatchObject({ kind: 'broken_answer' })
  expect(String(failure)).toContain("Meta's answer to GET /act_1 is not as documented: currency:")
})

describe('pages', () => {
  test('all of them, each row once', async () => {
    const rows = await collected(fetchInsights(graphClient(running.simulator).client, 'act_1', twoDays))
    expect(new Set(rows.map(({ adId, date }) => `${adId} ${date}`)).size).toBe(20)
    expect(rows).toHaveLength(20)
  })

  test('bad input: a cursor that loops ends with a failure, not never', async () => {
    const big = await startSimulator({ accounts: [{ ...bigAccount }] })
    try {
      big.simulator.simulation.faults.plan({ at: 'insights', fault: { kind: 'loop' }, after: 1 })
      const failure = await rejection(collected(fetchInsights(graphClient(big.simulator).client, '1', day)))
      expect(failure).toMatchObject({ kind: 'broken_answer' })
      expect(String(failure)).toContain('lead in a circle')
    } finally {
      await big.stop()
    }
  })

  test('the token is in no address, also where paging.next carries it', async () => {
    const asked: string[] = []
    const watching: typeof fetch = (input, init) => {
      asked.push(input instanceof Request ? input.url : String(input))
      return fetch(input, init)
    }
    const big = await startSimulator({ accounts: [{ ...bigAccount }] })
    try {
      await collected(fetchInsights(graphClient(big.simulator, { fetch: watching }).client, '1', day))
      expect(asked.length).toBeGreaterThan(1)
      for (const url of asked) expect(url).not.toContain(big.simulator.simulation.token)
    } finally {
      await big.stop()
    }
  })

  test('who stops reading leaves nothing behind', async () => {
    const big = await startSimulator({ accounts: [{ ...bigAccount }] })
    try {
      big.simulator.simulation.faults.plan({ at: 'insights', fault: { kind: 'error', code: 190 }, after: 1 })
      for await (const page of fetchInsights(graphClient(big.simulator).client, '1', day)) {
        expect(page).toHaveLength(500)
        break
      }
    } finally {
      await big.stop()
    }
  })
})

const bigAccount = { id: '1', name: 'Big', currency: 'USD', timeZone: 'UTC', ads: 1_200, delivering: 1 }
