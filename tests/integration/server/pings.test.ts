/** Pings as programs send them, over HTTP: what is answered, and what becomes of it. */
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { evaluate, noMemory } from '../../../agent/incidents/round.ts'
import { addOpenBrand } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { addBrand, type Brand, only } from '../../support/job-rows.ts'
import { raw, startTestServer, type TestServer } from '../../support/server.ts'

let server: TestServer
let acme: Brand
beforeAll(async () => {
  server = await startTestServer(
    { limits: { unknownPings: 40 } },
    { catalog: testCatalog({ datasets: { planned: {} } }) },
  )
  acme = await addOpenBrand(server.console.sql)
  await server.console.client.pings.renewKey({ brandId: acme.brandId })
})
afterAll(() => server.stop())

const plan = { schedule: { kind: 'period' as const, periodSeconds: 3_600 }, graceSeconds: 600, resumesByHand: false }

interface Check {
  readonly id: string
  readonly dataset: string
  /** The whole address. */
  readonly url: string
  readonly slugUrl: string
}

let made = 0
async function addCheck(changes: { slug?: string; brand?: Brand; resumesByHand?: boolean } = {}): Promise<Check> {
  made += 1
  const { brand = acme, slug = `check-${made}`, resumesByHand = false } = changes
  const dataset = `dataset_${made}`
  const { client } = server.console
  const { id } = await client.pings.save({ ...brand, name: slug, slug, dataset, ...plan, resumesByHand })
  const { path, slugPath } = await client.pings.address({ checkId: id })
  return { id, dataset, url: `${server.url}${path}`, slugUrl: `${server.url}${slugPath ?? ''}` }
}

async function ping(url: string, init: RequestInit = {}): Promise<[number, string]> {
  const answer = await fetch(url, init)
  return [answer.status, await answer.text()]
}

async function viewOf({ id }: Check) {
  const { checks } = await server.console.client.pings.list({ organizationId: acme.organizationId })
  return only(checks.filter((check) => check.id === id))
}

async function runsOf({ id }: Check) {
  return (await server.console.client.pings.runs({ checkId: id })).runs
}

async function datasetOf({ dataset }: Check) {
  return (await server.console.client.freshness.dataset({ brandId: acme.brandId, dataset })).facts
}

/** By another program. */
const refreshed = (dataset: string) =>
  server.console.client.freshness.recordSuccess({ brandId: acme.brandId, dataset, records: 1 })

describe('what is answered, as Healthchecks answers', () => {
  test.each(['GET', 'HEAD', 'POST'])(
    '%s is a ping: 200 OK, with what a browser and a client need to know',
    async (method) => {
      const check = await addCheck()
      const answer = await fetch(check.url, { method })
      expect([answer.status, await answer.text()]).toEqual([200, method === 'HEAD' ? '' : 'OK'])
      const { headers } = answer
      expect(headers.get('ping-body-limit')).toBe('10000')
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('access-control-expose-headers')).toBe('Ping-Body-Limit')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('set-cookie')).toBeNull()
      expect(await viewOf(check)).toMatchObject({ state: 'up', pings: 1 })
    },
  )

  test.each(['', '/', '/start', '/fail', '/log', '/0', '/255', '/007'])('…%s by uuid and by slug', async (action) => {
    const check = await addCheck()
    expect(await ping(`${check.url}${action}`)).toEqual([200, 'OK'])
    expect(await ping(`${check.slugUrl}${action === '/' ? '' : action}`)).toEqual([200, 'OK'])
  })

  test('a check is made by its slug when that is asked for: 201 Created, once', async () => {
    const { slugUrl } = await addCheck()
    const url = slugUrl.replace(/[^/]+$/, 'nightly-backup')
    expect(await ping(url)).toEqual([404, 'not found'])
    const answers = await Promise.all([1, 2, 3].map(() => ping(`${url}?create=1`)))
    expect(answers.toSorted(([one], [other]) => one - other)).toEqual([
      [200, 'OK'],
      [200, 'OK'],
      [201, 'Created'],
    ])
    expect(await ping(`${url}?create=1`)).toEqual([200, 'OK'])
    const { checks } = await server.console.client.pings.list({ organizationId: acme.organizationId })
    expect(checks.filter(({ slug }) => slug === 'nightly-backup')).toMatchObject([
      { dataset: 'nightly-backup', graceSeconds: 3_600, schedule: { periodSeconds: 86_400 }, pings: 4 },
    ])
    expect(await ping(`${server.url}/ping/nobodys-key/nightly-backup?create=1`)).toEqual([404, 'not found'])
  })

  test('what is asked of a browser first: who may call it', async () => {
    const answer = await fetch(`${server.url}/ping/anything`, { method: 'OPTIONS' })
    expect([answer.status, answer.headers.get('access-control-allow-methods')]).toEqual([200, 'GET, HEAD, POST'])
  })
})

describe('bad input', () => {
  test.each([
    ['an unknown uuid', '/ping/00000000-0000-4000-8000-000000000000', 404, 'not found'],
    ['no uuid and no slug', '/ping/abc', 404, 'not found'],
    ['nothing', '/ping/', 404, 'not found'],
    ['an action that is none', '/ping/00000000-0000-4000-8000-000000000000/stop', 404, 'not found'],
    ['more than an action', '/ping/00000000-0000-4000-8000-000000000000/start/now', 404, 'not found'],
    ['exit status 256', '/ping/00000000-0000-4000-8000-000000000000/256', 400, 'invalid url format'],
    [
      'an exit status of 400 digits',
      `/ping/00000000-0000-4000-8000-000000000000/${'9'.repeat(400)}`,
      400,
      'invalid url format',
    ],
    ['a negative exit status', '/ping/00000000-0000-4000-8000-000000000000/-1', 404, 'not found'],
    ['a rid that is no uuid', '/ping/00000000-0000-4000-8000-000000000000?rid=1', 400, 'invalid uuid format'],
    ['an empty rid', '/ping/00000000-0000-4000-8000-000000000000?rid=', 400, 'invalid uuid format'],
    ['an upper-case slug', '/ping/some-key/Nightly', 400, 'invalid url format'],
    ['a slug with a blank', '/ping/some-key/nightly%20backup', 404, 'not found'],
    ['a slug with a NUL', '/ping/some-key/nightly%00', 404, 'not found'],
    ['a slug that climbs', '/ping/some-key/..%2F..%2Fsession', 404, 'not found'],
    ['a slug of an emoji', '/ping/some-key/%F0%9F%92%A9', 404, 'not found'],
    ['a slug that is SQL', "/ping/some-key/'or'1'='1", 404, 'not found'],
    ['a slug of 10,000 letters', `/ping/some-key/${'a'.repeat(10_000)}`, 404, 'not found'],
  ])('%s', async (_what, path, status, text) => {
    const answer = await raw(`${server.url}${path}`)
    expect([answer.status, answer.body]).toEqual([status, text])
  })

  test('half a percent sign', async () => {
    expect((await raw(`${server.url}/ping/some-key/%`)).status).toBe(400)
  })

  test.each(['PUT', 'PATCH', 'DELETE'])('%s is no ping', async (method) => {
    const check = await addCheck()
    const answer = await fetch(check.url, { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
    expect(await viewOf(check)).toMatchObject({ state: 'new', pings: 0 })
  })

  test('a slug that two checks of the brand have is ambiguous, and neither hears of it', async () => {
    const [one, other] = [await addCheck({ slug: 'twice' }), await addCheck({ slug: 'twice' })]
    expect(await ping(one.slugUrl)).toEqual([409, 'ambiguous slug'])
    expect(await ping(`${one.slugUrl}?create=1`)).toEqual([409, 'ambiguous slug'])
    expect([await viewOf(one), await viewOf(other)]).toMatchObject([
      { isAmbiguous: true, pings: 0 },
      { isAmbiguous: true, pings: 0 },
    ])
    expect(await ping(one.url)).toEqual([200, 'OK'])
  })

  test('a slug whose dataset another check keeps is not made', async () => {
    const { dataset, slugUrl } = await addCheck()
    const url = slugUrl.replace(/[^/]+$/, dataset)
    const [status, text] = await ping(`${url}?create=1`)
    expect([status, text]).toEqual([409, expect.stringContaining(`keeps the dataset "${dataset}"`)])
  })

  test.each([
    ['of the catalog', 'planned', () => Promise.resolve()],
    ['that another program refreshed', 'told', () => refreshed('told')],
  ])('a ping makes no check of a dataset %s; a person does', async (_what, slug, before) => {
    await before()
    const { slugUrl } = await addCheck()
    const url = `${slugUrl.replace(/[^/]+$/, slug)}?create=1`
    const [status, text] = await ping(url)
    expect([status, text]).toEqual([409, expect.stringContaining(`refreshes the dataset "${slug}"`)])
    const policies = await server.console.sql.query('select from dataset_policies where dataset_key = $1', [slug])
    expect(policies.rows).toEqual([])
    const { id } = await server.console.client.pings.save({ ...acme, name: slug, slug, dataset: slug, ...plan })
    expect(await ping(url)).toEqual([200, 'OK'])
    await server.console.client.pings.act({ checkId: id, action: 'remove' })
  })

  test('a check that a ping made and a person removed is made again by a ping', async () => {
    const { slugUrl } = await addCheck()
    const url = `${slugUrl.replace(/[^/]+$/, 'again')}?create=1`
    expect(await ping(url)).toEqual([201, 'Created'])
    const { checks } = await server.console.client.pings.list({ organizationId: acme.organizationId })
    const { id } = only(checks.filter(({ slug }) => slug === 'again'))
    await server.console.client.pings.act({ checkId: id, action: 'remove' })
    expect(await ping(url)).toEqual([201, 'Created'])
  })

  test('a dataset whose removed check is gone is made again by a ping, with what it has told and without', async () => {
    const { slugUrl } = await addCheck()
    const { sql, client } = server.console
    for (const slug of ['swept', 'swept-long-ago', 'never-told']) {
      const url = slugUrl.replace(/[^/]+$/, slug)
      expect(await ping(`${url}?create=1`)).toEqual([201, 'Created'])
      const { checks } = await client.pings.list({ organizationId: acme.organizationId })
      const { id } = only(checks.filter((check) => check.slug === slug))
      await client.pings.act({ checkId: id, action: 'remove' })
      await sql.query('delete from ping_checks where id = $1', [id])
      if (slug === 'swept') await sql.query(`delete from operator_actions where action = 'ping.create'`)
      else await sql.query('delete from external_runs where dataset_key = $1', [slug])
      if (slug === 'never-told') {
        await sql.query(
          `update dataset_status set last_success_at = null, last_attempt_at = null where dataset_key = $1`,
          [slug],
        )
        await sql.query(`delete from operator_actions where action = 'ping.create'`)
      }
      expect([slug, ...(await ping(`${url}?create=1`))]).toEqual([slug, 201, 'Created'])
    }
  })

  test('10 MB: the ping counts, 10,000 bytes of it are kept', async () => {
    const check = await addCheck()
    const body = `${'é'.repeat(6_000)}${'x'.repeat(10 * 1024 * 1024)}`
    expect(await ping(check.url, { method: 'POST', body })).toEqual([200, 'OK'])
    expect((await runsOf(check))[0]?.log).toBe('é'.repeat(5_000))
  })

  test('20 MB are refused and not read to the end; others are answered', async () => {
    const check = await addCheck()
    const answer = await fetch(check.url, { method: 'POST', body: Buffer.alloc(20 * 1024 * 1024) }).catch(() => null)
    // A client that still sends may see its connection closed before it reads why.
    expect([413, undefined]).toContain(answer?.status)
    expect(await viewOf(check)).toMatchObject({ pings: 0 })
    expect(await ping(check.url)).toEqual([200, 'OK'])
  })

  test('a body that is not text, of any type', async () => {
    const check = await addCheck()
    const body = new Uint8Array([0, 0xff, 0xfe, 0x41, 0xed, 0xa0, 0x80])
    const headers = { 'content-type': 'image/png; charset=nonsense' }
    expect(await ping(`${check.url}/fail`, { method: 'POST', body, headers })).toEqual([200, 'OK'])
    expect((await runsOf(check))[0]?.log).toContain('A')
  })

  test('a client that goes away in the middle of its body has not pinged', async () => {
    const check = await addCheck()
    const { port } = new URL(server.url)
    const socket = connect(Number(port), '127.0.0.1')
    const path = new URL(check.url).pathname
    socket.write(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 100\r\n\r\nhalf`)
    await new Promise((resolve) => socket.write('', resolve))
    socket.destroy()
    expect(await ping(`${check.url}/log`)).toEqual([200, 'OK'])
    expect(await viewOf(check)).toMatchObject({ state: 'new', lastPingAt: null })
  })

  test('another name for this server is refused, as everywhere', async () => {
    const check = await addCheck()
    expect((await raw(check.url, { headers: { host: 'evil.example.com' } })).status).toBe(421)
    expect(await viewOf(check)).toMatchObject({ pings: 0 })
  })

  test('a flood of unknown addresses is turned away; who is known is not', async () => {
    const flooded = await startTestServer({ limits: { unknownPings: 20 } })
    try {
      const brand = await addOpenBrand(flooded.console.sql)
      const { client } = flooded.console
      const { id } = await client.pings.save({ ...brand, name: 'a', slug: 'a', dataset: 'a', ...plan })
      const known = `${flooded.url}${(await client.pings.address({ checkId: id })).path}`
      expect(await ping(known)).toEqual([200, 'OK'])
      for (let count = 0; count < 20; count += 1) {
        expect((await ping(`${flooded.url}/ping/${randomUUID()}`))[0]).toBe(404)
      }
      const refused = await fetch(`${flooded.url}/ping/${randomUUID()}`)
      expect([refused.status, await refused.text()]).toEqual([429, 'too many unknown addresses'])
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await ping(known)).toEqual([200, 'OK'])
    } finally {
      await flooded.stop()
    }
  })

  test('an organization without the section, an archived brand, a removed check: nothing is there', async () => {
    const off = await addBrand(server.console.sql, 'Off')
    const check = await addCheck()
    const { client, sql } = server.console
    const { rows } = await sql.query<{ code: string }>(
      `insert into ping_checks (organization_id, brand_id, dataset_key, name, slug, period_seconds, grace_seconds, changed_by)
       values ($1, $2, 'd', 'n', 's', 60, 60, 'test') returning code`,
      [off.organizationId, off.brandId],
    )
    expect(await ping(`${server.url}/ping/${only(rows).code}`)).toEqual([404, 'not found'])
    const archived = await addOpenBrand(sql, 'Archived')
    const gone = await addCheck({ brand: archived })
    await sql.query(`update brands set archived_at = now() where id = $1`, [archived.brandId])
    expect(await ping(gone.url)).toEqual([404, 'not found'])
    await client.pings.act({ checkId: check.id, action: 'remove' })
    expect(await ping(check.url)).toEqual([404, 'not found'])
    await client.pings.act({ checkId: check.id, action: 'restore' })
    expect(await ping(check.url)).toEqual([200, 'OK'])
  })

  test('no address of a ping is logged, whatever went wrong', () => {
    expect(server.log).toEqual([])
  })

  test('an agent that only reads takes none', async () => {
    const reading = await startTestServer({ isReadOnly: true })
    try {
      expect(await ping(`${reading.url}/ping/${randomUUID()}`)).toEqual([503, 'this agent only reads'])
    } finally {
      await reading.stop()
    }
  })
})

describe('what becomes of it', () => {
  test('F2: a success refreshes the dataset, and its check is up until period and grace have passed', async () => {
    const check = await addCheck()
    expect(await datasetOf(check)).toMatchObject({
      freshness: 'never_synced',
      maxAgeHours: 1.17,
      maxAgeSource: 'brand',
    })
    await ping(check.url)
    expect(await datasetOf(check)).toMatchObject({ freshness: 'fresh', lastAttempt: 'completed', maxAgeHours: 1.17 })
    const { lastPingAt, dueAt, downAt } = await viewOf(check)
    expect((dueAt?.getTime() ?? 0) - (lastPingAt?.getTime() ?? 0)).toBe(3_600_000)
    expect((downAt?.getTime() ?? 0) - (lastPingAt?.getTime() ?? 0)).toBe(4_200_000)
  })

  test('F1, F3: a start sets running, an exit status is a failure with the last line of what was sent', async () => {
    const check = await addCheck()
    await ping(check.url)
    const before = await datasetOf(check)
    await ping(`${check.url}/start`)
    expect(await datasetOf(check)).toMatchObject({ lastAttempt: 'running', lastSuccessAt: before.lastSuccessAt })
    expect(await viewOf(check)).toMatchObject({ state: 'started', runsUnderWay: 1 })
    await ping(`${check.url}/3`, { method: 'POST', body: 'Loading…\ndisk full\n\n' })
    expect(await datasetOf(check)).toMatchObject({
      lastAttempt: 'failed',
      lastSuccessAt: before.lastSuccessAt,
      error: 'The program ended with exit status 3: disk full',
    })
    expect(await viewOf(check)).toMatchObject({ state: 'down', runsUnderWay: 0 })
    expect((await viewOf(check)).lastDurationMs).not.toBeNull()
    expect(await runsOf(check)).toMatchObject([
      { status: 'failed', exitStatus: 3, log: 'Loading…\ndisk full\n\n' },
      { status: 'completed', startedAt: null },
    ])
  })

  test('runs that overlap are told apart by their rid', async () => {
    const check = await addCheck()
    const [one, other] = [randomUUID(), randomUUID()]
    await ping(`${check.url}/start?rid=${one}`)
    await ping(`${check.url}/start?rid=${other}`)
    await ping(`${check.url}/log?rid=${one}`, { method: 'POST', body: 'half way' })
    expect(await viewOf(check)).toMatchObject({ state: 'started', runsUnderWay: 2 })
    await ping(`${check.url}?rid=${other.toUpperCase()}`)
    expect(await viewOf(check)).toMatchObject({ state: 'started', runsUnderWay: 1 })
    await ping(`${check.url}?rid=${one}`)
    expect(await viewOf(check)).toMatchObject({ state: 'up', runsUnderWay: 0 })
    expect(await runsOf(check)).toMatchObject([
      { rid: other, status: 'completed', log: null },
      { rid: one, status: 'completed', log: 'half way' },
    ])
  })

  test('a start and an end told twice are one run', async () => {
    const check = await addCheck()
    const rid = randomUUID()
    for (const action of ['/start', '/start', '', '', '/start']) await ping(`${check.url}${action}?rid=${rid}`)
    expect(await runsOf(check)).toMatchObject([{ rid, status: 'completed' }])
  })

  test('a run whose end is not told is over when another one says how it went', async () => {
    const check = await addCheck()
    await ping(`${check.url}/start`)
    await ping(`${check.url}/start`)
    await ping(check.url)
    expect(await runsOf(check)).toMatchObject([
      { status: 'completed' },
      { status: 'cancelled', error: 'Nothing was heard of its end.' },
    ])
  })

  test('a log changes nothing, and makes no run', async () => {
    const check = await addCheck()
    await ping(`${check.url}/log`, { method: 'POST', body: 'hello' })
    expect(await viewOf(check)).toMatchObject({ state: 'new', lastPingAt: null, pings: 1 })
    expect(await runsOf(check)).toEqual([])
    expect(await datasetOf(check)).toMatchObject({ freshness: 'never_synced', lastAttempt: 'unknown' })
  })

  test('paused, nothing is expected; a ping wakes it, unless only a person may', async () => {
    const { client } = server.console
    const [woken, kept] = [await addCheck(), await addCheck({ resumesByHand: true })]
    for (const { id } of [woken, kept]) await client.pings.act({ checkId: id, action: 'pause' })
    expect(await datasetOf(woken)).toMatchObject({ maxAgeSource: 'none' })
    for (const { url } of [woken, kept]) expect(await ping(url)).toEqual([200, 'OK'])
    expect(await viewOf(woken)).toMatchObject({ state: 'up' })
    expect(await datasetOf(woken)).toMatchObject({ freshness: 'fresh', maxAgeHours: 1.17 })
    expect(await viewOf(kept)).toMatchObject({ state: 'paused', lastPingAt: null })
    expect(await runsOf(kept)).toEqual([])
    await client.pings.act({ checkId: kept.id, action: 'resume' })
    expect(await viewOf(kept)).toMatchObject({ state: 'new' })
  })

  test.each(['success', 'fail'])(
    'resumed, it is as if it were new: nothing is late until it has pinged (%s)',
    async (kind) => {
      const { client, sql, services } = server.console
      const check = await addCheck()
      await ping(check.url)
      await sql.query(`update dataset_status set last_success_at = now() - interval '3 days' where dataset_key = $1`, [
        check.dataset,
      ])
      const catalog = testCatalog({ datasets: {}, jobTypes: {} })
      const options = { catalog, agentId: randomUUID(), aliveSeconds: 150, now: null, settleSeconds: 0 }
      const round = async () => {
        await evaluate(services.database, options, noMemory)
        const { rows } = await sql.query<{ kind: string }>('select kind from incidents where dataset_key = $1', [
          check.dataset,
        ])
        return rows.map((row) => row.kind).toSorted()
      }
      await client.pings.act({ checkId: check.id, action: 'pause' })
      await client.pings.act({ checkId: check.id, action: 'resume' })
      await client.pings.save({
        checkId: check.id,
        ...acme,
        name: 'Other',
        slug: `again-${kind}`,
        dataset: check.dataset,
        ...plan,
      })
      expect(await viewOf(check)).toMatchObject({ state: 'new' })
      expect(await datasetOf(check)).toMatchObject({ maxAgeSource: 'none' })
      expect(await round()).toEqual([])
      await ping(`${check.url}/start`)
      expect(await round()).toEqual([])
      await ping(kind === 'success' ? check.url : `${check.url}/fail`)
      expect(await datasetOf(check)).toMatchObject({ maxAgeHours: 1.17 })
      expect(await round()).toEqual(kind === 'success' ? [] : ['dataset_stale', 'external_failed'])
    },
  )

  test('pings that come together and say the same are one run', async () => {
    const check = await addCheck()
    const answers = await Promise.all(Array.from({ length: 200 }, () => ping(check.url)))
    expect(new Set(answers.map(String))).toEqual(new Set(['200,OK']))
    expect((await viewOf(check)).pings).toBe(200)
    const { rows } = await server.console.sql.query<{ runs: number }>(
      `select count(*)::integer as runs from external_runs where dataset_key = $1`,
      [check.dataset],
    )
    expect(only(rows).runs).toBeLessThan(200)
  })
})
