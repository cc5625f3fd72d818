import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DeliveryFailure } from '../../../agent/incidents/channels/channel.ts'
import { openSlack } from '../../../agent/incidents/channels/slack.ts'
import { openWebhook } from '../../../agent/incidents/channels/webhook.ts'
import { startProcess } from '../../support/child-process.ts'
import { addOpenBrand } from '../../support/console.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { startServer } from '../../support/http-server.ts'
import { addRoute, type NotificationRow, notificationRows, openIncident } from '../../support/incident-events.ts'
import { type Brand, only } from '../../support/job-rows.ts'
import { testPlace } from '../../support/messages.ts'
import { type Deliver, startTestNotifier, type TestNotifier, type TestNotifierOptions } from '../../support/notifier.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let sql: pg.Client
let mine: Brand
let notifiers: TestNotifier[]

beforeEach(async () => {
  database = await createTestDatabase()
  sql = await database.connect()
  mine = await addOpenBrand(sql, 'Birch Coffee')
  await addRoute(sql, mine.organizationId, 'pager')
  notifiers = []
})

afterEach(async () => {
  for (const notifier of notifiers) await notifier.stop()
  await database.drop()
})

async function start(
  pager: Deliver | NonNullable<TestNotifierOptions['channels']>[string],
  options: Partial<TestNotifierOptions> = {},
): Promise<TestNotifier> {
  const notifier = await startTestNotifier({ url: database.url, channels: { pager }, ...options })
  notifiers.push(notifier)
  return notifier
}

const open = (dataset = 'orders'): Promise<string> =>
  openIncident(sql, { organization_id: mine.organizationId, brand_id: mine.brandId, dataset_key: dataset })

async function rowThat(is: (row: NotificationRow) => boolean, describe: string): Promise<NotificationRow> {
  return waitFor(
    async () => {
      const row = only(await notificationRows(sql))
      if (!is(row)) throw new Error(JSON.stringify(row))
      return row
    },
    { describe },
  )
}

const rowIn = (state: string): Promise<NotificationRow> =>
  rowThat((row) => row.state === state, `the message to be ${state}`)

/** Time passes: what waits for its next try is due. */
async function tryNow(): Promise<void> {
  await sql.query(`update notifications set next_try_at = now() where state = 'pending'`)
  await sql.query(`select pg_notify('pipeline_manager', 'deliveries')`)
}

/** Until the next try, so that it is the test that says when. */
const anHour = { 'retry-after': '3600' }

const secret = 'canary-secret-of-a-webhook'
const path = '/hooks/canary0123456789path'

function webhookTo(host: string) {
  const { place, masker } = testPlace({ U: `http://${host}${path}`, S: secret }, { httpAllowHosts: [host] })
  return { pager: openWebhook({ webhook: { url_env: 'U', secret_env: 'S' } }, place), masker }
}

describe('a message that does not arrive', () => {
  test('fault 27: is told again with the same id until it arrives', async () => {
    const statuses = [503, 408, 200]
    await using server = await startServer((_request, response) =>
      response.writeHead(statuses.shift() ?? 500, anHour).end(),
    )
    await start(webhookTo(server.host).pager)
    await open()
    const first = await rowThat(({ state, attempts }) => state === 'pending' && attempts === 1, 'the first failure')
    expect(first).toMatchObject({ answer: '503 Service Unavailable', ended_at: null })
    expect(first.failure).toContain('answered 503')
    await tryNow()
    await rowThat(({ state, attempts }) => state === 'pending' && attempts === 2, 'the second failure')
    await tryNow()
    expect(await rowIn('delivered')).toMatchObject({ attempts: 3, answer: '200 OK', failure: null, next_try_at: null })
    expect(new Set(server.seen.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([first.id]))
    expect(new Set(server.seen.map(({ body }) => body)).size).toBe(1)
  })

  test('Retry-After is honoured', async () => {
    await using server = await startServer((_request, response) => response.writeHead(429, anHour).end())
    await start(webhookTo(server.host).pager)
    await open()
    const row = await rowThat(({ state, attempts }) => state === 'pending' && attempts === 1, 'the failure')
    expect(row.next_try_at?.getTime()).toBeGreaterThan(Date.now() + 3_000_000)
  })

  test('what a person has to change fails at once, with what the other side said', async () => {
    const { troubles } = await start(() => {
      throw new DeliveryFailure('It answered 404.', { isWorthAnotherTry: false, answer: '404 Not Found: no_service' })
    })
    await open()
    expect(await rowIn('failed')).toMatchObject({
      attempts: 1,
      answer: '404 Not Found: no_service',
      failure: 'It answered 404.',
    })
    expect(troubles).toEqual(['The channel "pager" failed: It answered 404.'])
  })

  test('after the last try it has failed', async () => {
    await start(() => {
      throw new DeliveryFailure('still not', { isWorthAnotherTry: true, retryAfterMs: 3_600_000 })
    })
    await open()
    await rowThat(({ state, attempts }) => state === 'pending' && attempts === 1, 'the first failure')
    await sql.query('update notifications set attempts = 6')
    await tryNow()
    expect(await rowIn('failed')).toMatchObject({ attempts: 7, failure: 'still not' })
  })

  test('fault 27: the other side hangs: the channel goes on when its time is over', async () => {
    const hanging: RequestListener = () => undefined
    await using server = await startServer(hanging)
    const { pager } = webhookTo(server.host)
    await start({ ...pager, timeoutMs: 200 })
    await open()
    const row = await rowThat(({ failure }) => failure !== null, 'the failure')
    expect(row.failure).toBe('It gave no answer within 0.2 s.')
  })

  test('a channel that hangs does not hold up another one', async () => {
    await addRoute(sql, mine.organizationId, 'quick')
    const told: string[] = []
    const hang: Deliver = (_delivery, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true }))
    await start(hang, { channels: { pager: hang, quick: ({ message }) => String(told.push(message.title)) } })
    await open('one')
    await waitFor(() => told.length === 1, { describe: 'the first message' })
    await open('two')
    await waitFor(() => told.length === 2, { describe: 'the second message' })
    expect((await notificationRows(sql, 'pager')).map(({ state }) => state).toSorted()).toEqual(['pending', 'sending'])
  })

  test('bad input 34: a huge answer is cut, and is text', async () => {
    await using server = await startServer((_request, response) =>
      response.end(Buffer.concat([Buffer.from('\u0000\u001b[2J'), Buffer.alloc(5_000_000, 'x')])),
    )
    await start(webhookTo(server.host).pager)
    await open()
    const { answer } = await rowIn('delivered')
    expect(answer?.length).toBeLessThanOrEqual(501)
    expect(answer).toMatch(/^200 OK: .?x+…$/u)
  })

  test('a message in a form that nobody knows fails, and the next one is told', async () => {
    const told: string[] = []
    await sql.query(
      `insert into notifications (organization_id, channel, message) values ($1, 'pager', '{"title": 7}')`,
      [mine.organizationId],
    )
    await start(({ message }) => String(told.push(message.title)))
    await open()
    await waitFor(() => told.length === 1, { describe: 'the next message' })
    expect(await notificationRows(sql)).toMatchObject([{ state: 'failed', attempts: 1 }, {}])
  })
})

describe('§2.6: secrets', () => {
  test('what the other side says back is masked in rows and troubles', async () => {
    await using server = await startServer((request, response) =>
      response.writeHead(400).end(`bad ${request.url} with ${secret} and ${encodeURIComponent(secret)}`),
    )
    const { pager, masker } = webhookTo(server.host)
    const { troubles } = await start(pager, { masker })
    await open()
    const row = await rowIn('failed')
    expect(row.answer).toBe('400 Bad Request: bad *** with *** and ***')
    expect(JSON.stringify([row, troubles, server.seen.map(({ body }) => body)])).not.toContain('canary')
  })

  test('a secret of this agent in the text of an incident does not leave it', async () => {
    await using server = await startServer((_request, response) => response.end())
    const { place, masker } = testPlace(
      { SLACK_URL: `http://${server.host}${path}` },
      { httpAllowHosts: [server.host] },
    )
    masker.add('canary-database-password')
    await start(openSlack({ slack: { url_env: 'SLACK_URL' } }, place), { masker })
    await openIncident(sql, {
      organization_id: mine.organizationId,
      summary: 'It failed: postgres://user:canary-database-password@db',
    })
    await rowIn('delivered')
    expect(server.seen[0]?.body).toContain('It failed')
    expect(server.seen[0]?.body).not.toContain('canary')
  })
})

describe('N4: at most once', () => {
  test('two agents with one channel tell each message once', async () => {
    const told: string[] = []
    const pager: Deliver = ({ id }) => String(told.push(id))
    await start(pager, { isLeader: false })
    await start(pager, { isLeader: false })
    await sql.query(
      `insert into notifications (organization_id, channel, title, message)
       select $1, 'pager', n::text, jsonb_build_object('type', 'test', 'title', n::text, 'organization', null,
         'heldFor', null, 'incidents', '[]'::jsonb, 'counts', '[]'::jsonb)
       from generate_series(1, 100) n`,
      [mine.organizationId],
    )
    await tryNow()
    await waitFor(async () => (await notificationRows(sql)).every(({ state }) => state === 'delivered'), {
      describe: 'all messages to be told',
      timeoutMs: 25_000,
    })
    expect([told.length, new Set(told).size]).toEqual([100, 100])
  })

  test('an agent that is killed while it tells: another one tells it once more, with the same id', async () => {
    await using server = await startServer((_request, response) => {
      if (server.seen.length > 1) response.end('at last')
    })
    const script = join(import.meta.dirname, '../../support/telling-agent.ts')
    await using killed = startProcess(script, [database.url, server.host])
    expect(await killed.line()).toBe('ready')
    await open()
    await waitFor(() => server.seen.length === 1, { describe: 'the first agent to tell it' })
    killed.kill('SIGKILL')
    await killed.exited
    expect(only(await notificationRows(sql))).toMatchObject({ state: 'sending', attempts: 1 })
    // It is not missed at once, so its message is left alone.
    const second = await start(webhookTo(server.host).pager)
    await waitFor(() => sleepers(), { describe: 'the second agent to have looked' })
    expect(only(await notificationRows(sql))).toMatchObject({ state: 'sending', attempts: 1, was_lost: false })
    await sql.query(`update agents set heartbeat_at = now() - interval '1 hour' where name = 'killed'`)
    second.notifier.hear('deliveries')
    expect(await rowIn('delivered')).toMatchObject({ attempts: 2, was_lost: true, answer: '200 OK: at last' })
    const [first, again] = server.seen
    expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(server.seen).toHaveLength(2)
  })

  /** Whether the sessions of the second agent have done something and wait. */
  async function sleepers(): Promise<boolean> {
    const { rowCount } = await sql.query(
      `select from pg_stat_activity
       where application_name like 'notifier agent-%' and state = 'idle' and query like '%othersSend%'`,
    )
    return (rowCount ?? 0) > 0
  }

  test('one that is lost twice has failed: nobody knows whether it arrived', async () => {
    await addRoute(sql, mine.organizationId, 'other')
    await sql.query(
      `insert into notifications (organization_id, channel, state, was_lost, attempts, sending_at, next_try_at)
       values ($1, 'pager', 'sending', true, 2, now() - interval '1 minute', null)`,
      [mine.organizationId],
    )
    const { troubles } = await start(() => 'taken')
    const row = await rowIn('failed')
    expect(row.failure).toContain('it is not known whether it arrived')
    await waitFor(() => troubles.length > 0, { describe: 'the trouble to be told' })
    expect(troubles).toEqual([row.failure])
  })

  test('an earlier life of the same agent left it behind', async () => {
    const dead = await start(() => 'taken')
    await dead.stop()
    await sql.query(
      `insert into notifications (organization_id, channel, state, attempts, agent_id, sending_at, next_try_at, message)
       values ($1, 'pager', 'sending', 1, $2, now() - interval '1 minute', null, $3)`,
      [
        mine.organizationId,
        dead.id,
        JSON.stringify({ type: 'test', title: 'T', organization: null, heldFor: null, incidents: [], counts: [] }),
      ],
    )
    await start(() => 'taken')
    // Registered again since then: an agent that began before is not the one that runs.
    expect(await rowIn('delivered')).toMatchObject({ attempts: 2, was_lost: true })
  })

  test('an agent that stops gives back what it is telling', async () => {
    let began = false
    const agent = await start(
      (_delivery, signal) =>
        new Promise((_, reject) => {
          began = true
          signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true })
        }),
    )
    await open()
    await waitFor(() => began, { describe: 'the agent to tell it' })
    await agent.stop()
    expect(only(await notificationRows(sql))).toMatchObject({ state: 'pending', attempts: 1 })
    await start(() => 'taken')
    expect(await rowIn('delivered')).toMatchObject({ attempts: 2 })
  })

  test('fault 7: what arrived is noted once the database answers again, and not told once more', async () => {
    const told: string[] = []
    let failures = 2
    await start(({ id }) => String(told.push(id)), {
      wrap: (pool) => ({
        ...pool,
        query: (statement, values) => {
          if (statement.name !== 'settle_delivery' || failures === 0) return pool.query(statement, values)
          failures -= 1
          return Promise.reject(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
        },
      }),
    })
    await open()
    expect(await rowIn('delivered')).toMatchObject({ attempts: 1 })
    expect([told.length, failures]).toEqual([1, 0])
  })
})
