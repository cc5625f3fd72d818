/** Pings when much happens at once, and when the database is away. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReceivedPing } from '../../../agent/intake/pings/received-ping.ts'
import { writePings } from '../../../agent/intake/pings/write-pings.ts'
import { systemClock } from '../../../shared/clock.ts'
import { addOpenBrand } from '../../support/console.ts'
import { type Brand, only } from '../../support/job-rows.ts'
import { addCheck } from '../../support/ping-rows.ts'
import { type Proxy, startProxy } from '../../support/proxy.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

let proxy: Proxy
let server: TestServer
let acme: Brand
let codes: string[]
beforeAll(async () => {
  server = await startTestServer(
    {},
    {
      through: async (url) => {
        proxy = await startProxy(url)
        return proxy.through(url)
      },
    },
  )
  const { sql, client } = server.console
  acme = await addOpenBrand(sql)
  await client.pings.renewKey({ brandId: acme.brandId })
  for (let count = 0; count < 12; count += 1) await addCheck(sql, acme, { slug: `c${count}`, dataset_key: `c${count}` })
  const { rows } = await sql.query<{ code: string }>('select code from ping_checks order by slug')
  codes = rows.map(({ code }) => code)
})
afterAll(async () => {
  await server.stop()
  await proxy[Symbol.asyncDispose]()
})

function received(changes: Partial<ReceivedPing> & Pick<ReceivedPing, 'target'>): ReceivedPing {
  return {
    kind: 'success',
    exitStatus: null,
    rid: null,
    log: null,
    userAgent: null,
    arrivedAt: systemClock.monotonic(),
    newRunId: randomUUID(),
    ...changes,
  }
}

const write = (pings: readonly ReceivedPing[]) =>
  writePings(server.console.services.intake, pings, {
    now: () => systemClock.monotonic(),
    isInCatalog: () => false,
  })

async function counted(): Promise<number> {
  const { rows } = await server.console.sql.query<{ pings: number }>(
    'select sum(pings)::integer as pings from ping_checks',
  )
  return only(rows).pings
}

test('batches of several agents over the same checks, in any order: every ping counts, nobody waits in a circle', async () => {
  const before = await counted()
  const batches = Array.from({ length: 40 }, (_, batch) =>
    codes
      .toSorted((a, b) => (batch % 2 === 0 ? a.localeCompare(b) : b.localeCompare(a)))
      .flatMap((code, at) => [
        received({
          target: { code },
          kind: at % 3 === 0 ? 'start' : 'success',
          rid: batch % 4 === 0 ? randomUUID() : null,
        }),
        received({ target: { code }, kind: at % 5 === 0 ? 'fail' : 'success' }),
      ]),
  )
  const answers = await Promise.all(batches.map(write))
  expect(new Set(answers.flat())).toEqual(new Set(['ok']))
  expect(await counted()).toBe(before + 40 * 24)
})

test('several agents are asked at once to make the same checks: each is made once', async () => {
  const { client, sql } = server.console
  const check = only(
    (await client.pings.list({ organizationId: acme.organizationId })).checks.filter(({ slug }) => slug === 'c0'),
  )
  const { slugPath } = await client.pings.address({ checkId: check.id })
  const key = slugPath?.split('/')[2] ?? ''
  const batch = () => ['c0', 'new-1', 'new-2'].map((slug) => received({ target: { key, slug, create: true } }))
  const answers = (await Promise.all(Array.from({ length: 8 }, () => write(batch())))).flat()
  expect(answers.filter((answer) => answer === 'created')).toHaveLength(2)
  expect(answers.filter((answer) => answer === 'ok')).toHaveLength(22)
  const { rows } = await sql.query<{ slug: string }>(
    `select slug from ping_checks where slug like 'new-%' order by slug`,
  )
  expect(rows.map(({ slug }) => slug)).toEqual(['new-1', 'new-2'])
})

test('an item that cannot be taken does not take the others with it', async () => {
  const [code = ''] = codes
  const answers = await write([
    received({ target: { code } }),
    received({ target: { code: randomUUID() } }),
    received({ target: { key: 'nobody', slug: 'x', create: true } }),
    received({ target: { code }, kind: 'fail', log: 'a\u0000b'.replaceAll('\u0000', '\uFFFD') }),
  ])
  expect(answers).toEqual(['ok', 'unknown', 'unknown', 'ok'])
})

test('while the database is away a ping is told to come again, and then it counts', async () => {
  const url = `${server.url}/ping/${codes[0]}`
  const { supervisor } = server.console.services
  const before = await counted()
  proxy.refuse()
  const broken = await fetch(url)
  await supervisor.retry()
  const refused = await fetch(url)
  for (const answer of [broken, refused]) {
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await answer.text()).not.toContain(codes[0])
  }
  proxy.restore()
  await supervisor.retry()
  const answer = await fetch(url)
  expect([answer.status, await answer.text()]).toEqual([200, 'OK'])
  expect(await counted()).toBe(before + 1)
  expect(server.log).toEqual([])
})
