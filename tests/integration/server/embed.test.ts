/** The banner in pages of other programs: what its address allows, and what it gives away. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openConsoleKey } from '../../../agent/server/console-folder.ts'
import { bannerAddress } from '../../../agent/server/embed/banner-address.ts'
import { systemClock } from '../../../shared/clock.ts'
import { Problem } from '../../../shared/errors.ts'
import { addOpenBrand } from '../../support/console.ts'
import { addStatus, testCatalog } from '../../support/console-catalog.ts'
import type { Brand } from '../../support/job-rows.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

/** Stands in everything that is for operators only. */
const canary = 'canary-4711'

const catalog = testCatalog({
  datasets: { orders: { label: 'Orders' } },
  jobTypes: { load_orders: { datasets: ['orders'] } },
  pages: {
    report: [{ dataset: 'orders', maxAgeHours: 12, fix: { jobType: 'load_orders', parameters: { shop: canary } } }],
  },
})

let server: TestServer
let acme: Brand
let other: Brand
beforeAll(async () => {
  server = await startTestServer({ embedOrigins: ['https://reports.example.com'] }, { catalog })
  acme = await addOpenBrand(server.console.sql, '<b>Acme</b> & Co')
  other = await addOpenBrand(server.console.sql, 'Other')
  await addStatus(server.console.sql, acme.brandId, 'orders', { successAge: 2 })
})
afterAll(() => server.stop())

async function addressOf(brandId: string, { minutes = 10, of = server } = {}): Promise<string> {
  const { bytes } = await openConsoleKey(of.dataDirectory)
  return `${of.url}${bannerAddress(bytes, systemClock, { page: 'report', brandId, minutes }).path}`
}

const stateAt = async (address: string) => {
  const answer = await fetch(address.replace('/embed/banner?', '/embed/banner/state?'))
  return (await answer.json()) as { verdict: string; text: string; isLive: boolean }
}

describe('what an address allows', () => {
  test('the verdict of its page and brand, without any credentials; names are text', async () => {
    const answer = await fetch(await addressOf(acme.brandId))
    const html = await answer.text()
    expect(answer.status).toBe(200)
    expect(html).toContain('data-verdict="ready"')
    expect(html).toContain('&#60;b&#62;Acme&#60;/b&#62; &#38; Co')
    expect(html).not.toContain('<b>')
    expect(await stateAt(await addressOf(other.brandId))).toMatchObject({ verdict: 'not_ready', isLive: true })
  })

  test.each([
    ['another brand', (url: URL) => url.searchParams.set('brand', other.brandId)],
    ['another page', (url: URL) => url.searchParams.set('page', 'ad_performance')],
    [
      'another signature',
      (url: URL) => url.searchParams.set('signature', `${url.searchParams.get('signature') ?? ''}x`),
    ],
    ['no signature', (url: URL) => url.searchParams.delete('signature')],
    ['two signatures', (url: URL) => url.searchParams.append('signature', 'x.y')],
  ])('not %s', async (_what, change) => {
    const url = new URL(await addressOf(acme.brandId))
    change(url)
    const answer = await fetch(url)
    expect(answer.status).toBe(403)
    const html = await answer.text()
    expect(html).toContain('data-verdict="unknown"')
    expect(html).not.toContain('Acme')
  })

  test('not longer than it says', async () => {
    expect(await stateAt(await addressOf(acme.brandId, { minutes: -1 }))).toMatchObject({
      verdict: 'unknown',
      isLive: false,
      text: 'The link of this banner has ended. Load the page again.',
    })
  })

  test('no call, no session: the signature is none of theirs', async () => {
    const signature = new URL(await addressOf(acme.brandId)).searchParams.get('signature') ?? ''
    for (const headers of [{ authorization: `Bearer ${signature}` }, { cookie: `pm_session=${signature}` }]) {
      const answer = await fetch(`${server.url}/api/session`, { headers: headers as Record<string, string> })
      expect(answer.status).toBe(401)
    }
  })

  test.each([
    [
      'stale data',
      { successAge: 20, attemptAge: 1 },
      'Orders: the last success was 20 h ago; the maximum is 12 h. The last attempt failed 1 h ago.',
    ],
    ['fresh data', { successAge: 2, attemptAge: 1 }, 'Orders: fresh, but the last attempt failed 1 h ago.'],
    [
      'no data',
      { successAge: null, attemptAge: 1 },
      'Orders: no run has succeeded yet. The last attempt failed 1 h ago.',
    ],
  ])('not the error of an attempt nor the parameters of a fix, with %s', async (_what, ages, said) => {
    const brand = await addOpenBrand(server.console.sql, 'Failing')
    const error = `connect ECONNREFUSED ${canary}:5432`
    await addStatus(server.console.sql, brand.brandId, 'orders', { ...ages, status: 'failed', error })
    const address = await addressOf(brand.brandId)
    expect((await stateAt(address)).text).toBe(`Failing: ${said}`)
    expect(await (await fetch(address)).text()).not.toContain(canary)
  })

  test('not what a probe found suspicious', async () => {
    const brand = await addOpenBrand(server.console.sql, 'Odd')
    const metadata = { suspicious: true, suspicious_because: canary }
    await addStatus(server.console.sql, brand.brandId, 'orders', { successAge: 2, metadata })
    expect((await stateAt(await addressOf(brand.brandId))).text).toBe(
      'Odd: Orders: fresh, but the last success looks suspicious.',
    )
  })

  test('not where the database is', async () => {
    const trouble = new Problem(
      'database_refused',
      `The database at ${canary}:5432/ops refused the password of user "ops".`,
    )
    const services = { ...server.console.services }
    Object.defineProperty(services, 'supervisor', {
      value: { canRead: false, settled: async () => undefined, problem: () => trouble },
    })
    const away = await startTestServer({ services: () => services, dataDirectory: server.dataDirectory }, { catalog })
    const address = (await addressOf(acme.brandId)).replace(server.url, away.url)
    const answers = [await fetch(address), await fetch(address.replace('/embed/banner?', '/embed/banner/state?'))]
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    await away.stop()
    for (const text of texts) {
      expect(text).toContain('The agent cannot use its database at the moment.')
      expect(text).not.toContain(canary)
    }
  })

  test('nothing while the section is switched off', async () => {
    await server.console.sql.query(
      'update organization_features set enabled = false where organization_id = $1::uuid',
      [other.organizationId],
    )
    const state = await stateAt(await addressOf(other.brandId))
    expect(state).toMatchObject({ verdict: 'unknown', text: 'Pipeline Manager is switched off for this organization.' })
  })
})

test('the headers let the named origins frame it, set no cookie, and allow no script but ours', async () => {
  const address = await addressOf(acme.brandId)
  for (const url of [address, `${server.url}/embed/banner.js`, `${server.url}/embed/banner.css`]) {
    const { headers, status } = await fetch(url)
    expect(status).toBe(200)
    expect(headers.get('content-security-policy')).toContain(`frame-ancestors 'self' https://reports.example.com`)
    expect(headers.get('content-security-policy')).toContain(`default-src 'none'; script-src 'self'; style-src 'self'`)
    expect([headers.get('x-frame-options'), headers.get('set-cookie')]).toEqual([null, null])
    expect(headers.get('cache-control')).toBe('no-store')
  }
  const { headers } = await fetch(server.url)
  expect(headers.get('x-frame-options')).toBe('DENY')
})

test('a reader makes an address by a call; a page that is none is not signed', async () => {
  const client = server.client({ authorization: `Bearer ${await server.token('read', acme.organizationId)}` })
  const { path, expiresAt } = await client.embed.banner({ brandId: acme.brandId, page: 'report', minutes: 5 })
  expect(path).toMatch(/^\/embed\/banner\?page=report&brand=/)
  expect(expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(5 * 60_000)
  await expect(client.embed.banner({ brandId: acme.brandId, page: 'reports' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    data: { fix: 'Did you mean "report"?' },
  })
})

test('too many questions are refused, and the address is not burnt by that', async () => {
  const small = await startTestServer({ limits: { embedded: 2 } }, { catalog })
  const address = await addressOf(acme.brandId, { of: small })
  const statuses = []
  for (let asked = 0; asked < 3; asked += 1) statuses.push((await fetch(address)).status)
  await small.stop()
  expect(statuses).toEqual([200, 200, 429])
})
