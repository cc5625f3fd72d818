/** What the settings of a server change about it. */
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import { gunzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { createServer } from '../../../agent/server/server.ts'
import { compressFiles } from '../../../scripts/compress-files.ts'
import { TestClock } from '../../support/clock.ts'
import { addOpenBrand } from '../../support/console.ts'
import { codeOf, fromPage, raw, serverOptions, startTestServer, type TestServer } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'

const tls = join(import.meta.dirname, '../../fixtures/tls')
const json = { 'content-type': 'application/json' } as const

const started: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop()
})

async function serverWith(changes: Parameters<typeof startTestServer>[0]): Promise<TestServer> {
  const server = await startTestServer(changes)
  started.push(server)
  return server
}

test('while the agent starts, every call says so, with and without a session', async () => {
  const server = await serverWith({ services: () => null })
  const headers = await server.signIn()
  for (const given of [headers, { authorization: `Bearer ${await server.token('admin')}` }]) {
    const answer = await raw(`${server.url}/api/session`, { headers: given })
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([503, { code: 'UNAVAILABLE' }])
  }
  await expect(server.client(headers).session.get()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: 'The agent is still starting: its database is not ready yet.',
  })
  expect((await raw(`${server.url}/api/session`)).status).toBe(401)
  expect((await raw(`${server.url}/healthz`)).status).toBe(200)
})

test('without the database a token cannot be known, which is not the fault of its owner', async () => {
  const server = await serverWith({})
  const authorization = `Bearer ${await server.token('read')}`
  const headers = await server.signIn()
  await server.console.services.database.stop()
  const answer = await raw(`${server.url}/api/session`, { headers: { authorization } })
  expect([answer.status, JSON.parse(answer.body)]).toMatchObject([503, { code: 'DATABASE_UNREACHABLE' }])
  expect((await raw(`${server.url}/api/session`, { headers })).status).toBeGreaterThanOrEqual(500)
  expect((await raw(`${server.url}/healthz`)).status).toBe(200)
})

test('read-only mode refuses every call that is more than reading, whoever asks', async () => {
  const server = await serverWith({ isReadOnly: true })
  const { organizationId } = await addOpenBrand(server.console.sql)
  const client = server.client(await server.signIn())
  expect((await client.session.brands({ organizationId })).brands.length).toBe(1)
  expect((await client.session.get()).scope).toBe('read')
  const change = { organizationId, feature: 'PIPELINE_MANAGER', enabled: false }
  await expect(client.admin.setFeature(change)).rejects.toMatchObject({
    code: 'NOT_ALLOWED',
    status: 403,
    data: { field: 'read_only' },
  })
  const headers = { authorization: `Bearer ${await server.token('admin')}`, ...json }
  const url = `${server.url}/api/admin/organizations/${organizationId}/features/PIPELINE_MANAGER`
  const rest = await raw(url, { method: 'PUT', headers, body: '{"enabled":false}' })
  expect([rest.status, JSON.parse(rest.body)]).toMatchObject([
    403,
    { code: 'NOT_ALLOWED', data: { field: 'read_only' } },
  ])
})

test('rate limits: per token, and per address', async () => {
  const server = await serverWith({ limits: { token: 3, address: 12 } })
  const one = { authorization: `Bearer ${await server.token('read')}` }
  const other = { authorization: `Bearer ${await server.token('operate')}` }
  const ask = async (headers: Record<string, string>) => (await raw(`${server.url}/api/session`, { headers })).status
  expect([await ask(one), await ask(one), await ask(one), await ask(one)]).toEqual([200, 200, 200, 429])
  const { headers } = await raw(`${server.url}/api/session`, { headers: one })
  expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60)
  expect(await ask(other)).toBe(200)
  const address = []
  for (let count = 0; count < 8; count += 1) address.push((await raw(`${server.url}/healthz`)).status)
  expect(address).toEqual([200, 200, 200, 200, 200, 200, 429, 429])
})

test('behind a proxy: the public name counts, the cookie is for HTTPS, and X-Forwarded-For is believed for one hop', async () => {
  const server = await serverWith({ behindProxy: true, publicHost: 'ops.example.com', limits: { address: 2 } })
  const proxied = { host: 'ops.example.com', 'x-forwarded-for': '198.51.100.1' }
  const body = JSON.stringify({ code: codeOf(server.server.consoleLink('ada')) })
  const page = { ...proxied, ...json, origin: 'https://ops.example.com' }
  const answer = await raw(`${server.url}/session`, { method: 'POST', headers: page, body })
  expect(answer.status).toBe(204)
  expect(String(answer.headers['set-cookie'])).toMatch(/^__Host-pipeline-manager-[0-9a-f]{8}=.*; Secure/)
  expect(answer.headers['strict-transport-security']).toBe('max-age=31536000')
  const plain = { ...page, origin: 'http://ops.example.com' }
  expect((await raw(`${server.url}/session`, { method: 'DELETE', headers: plain })).status).toBe(403)
  expect((await raw(`${server.url}/healthz`, { headers: proxied })).status).toBe(429)
  const forged = { ...proxied, 'x-forwarded-for': '203.0.113.9, 198.51.100.1' }
  expect((await raw(`${server.url}/healthz`, { headers: forged })).status).toBe(429)
  const another = { ...proxied, 'x-forwarded-for': '198.51.100.2' }
  expect((await raw(`${server.url}/healthz`, { headers: another })).status).toBe(200)
  expect((await raw(`${server.url}/healthz`, { headers: { host: 'ops.example.com:80' } })).status).toBe(421)
})

test('without a proxy X-Forwarded-For is not believed', async () => {
  const server = await serverWith({ limits: { address: 1 } })
  const headers = { 'x-forwarded-for': '198.51.100.1' }
  expect((await raw(`${server.url}/healthz`, { headers })).status).toBe(200)
  expect((await raw(`${server.url}/healthz`, { headers: { 'x-forwarded-for': '198.51.100.2' } })).status).toBe(429)
})

test('with TLS it speaks HTTPS, says so to browsers, and answers to its public name', async () => {
  const folder = await temporaryFolder()
  const server = createServer(
    serverOptions({
      dataDirectory: folder.path,
      host: '0.0.0.0',
      tlsCert: join(tls, 'certificate.pem'),
      tlsKey: join(tls, 'key.pem'),
      publicHost: 'localhost',
    }),
  )
  started.push(server, { stop: () => folder.remove() })
  await server.start()
  expect(server.url).toBe('https://localhost')
  const ask = (host: string) => askSecurely(server.port ?? 0, host)
  expect(await ask('localhost')).toMatchObject({ status: 200, hsts: 'max-age=31536000' })
  expect(await ask(`127.0.0.1:${server.port}`)).toMatchObject({ status: 200 })
  expect(await ask('evil.example')).toMatchObject({ status: 421 })
})

function askSecurely(port: number, host: string): Promise<{ status: number | undefined; hsts: string | undefined }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; hsts: string | undefined }>()
  // The certificate of the fixture is signed by nobody.
  const request = httpsRequest(
    { port, host: '127.0.0.1', path: '/healthz', headers: { host }, rejectUnauthorized: false, agent: false },
    (response) => {
      response.resume()
      const { statusCode: status, headers } = response
      response.on('end', () => resolve({ status, hsts: headers['strict-transport-security'] }))
    },
  )
  request.on('error', reject)
  request.end()
  return promise
}

/** A server with the fixture's certificate in files of its own, which `put` replaces, and the names that other programs see it by. */
async function withCertificate(options: Partial<Parameters<typeof serverOptions>[0]> = {}) {
  const folder = await temporaryFolder()
  const [tlsCert, tlsKey] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')]
  const put = (cert: string, key: string) => Promise.all([copyFile(cert, tlsCert), copyFile(key, tlsKey)])
  await put(join(tls, 'certificate.pem'), join(tls, 'key.pem'))
  const log: string[] = []
  const onLog = (message: string, level = 'warn') => log.push(`${level}: ${message}`)
  const server = createServer(serverOptions({ dataDirectory: folder.path, tlsCert, tlsKey, onLog, ...options }))
  started.push(server, { stop: () => folder.remove() })
  await server.start()
  return { server, tlsCert, tlsKey, put, log, seen: () => certificateAt(server.port ?? 0) }
}

/** The fingerprint that whoever connects anew is shown. */
async function certificateAt(port: number): Promise<string> {
  const socket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerX509Certificate()?.fingerprint256 ?? 'none'
  } finally {
    socket.destroy()
  }
}

const fingerprint = async (file: string) => new X509Certificate(await readFile(join(tls, file))).fingerprint256

test('a certificate that is renewed is served without a restart; files that cannot be used change nothing and are told once', async () => {
  const { server, tlsCert, put, log, seen } = await withCertificate({ certificateLookMs: 20 })
  const [first, second] = [await fingerprint('certificate.pem'), await fingerprint('renewed-certificate.pem')]
  expect(await seen()).toBe(first)
  await put(join(tls, 'renewed-certificate.pem'), join(tls, 'renewed-key.pem'))
  await waitFor(async () => (await seen()) === second, { describe: 'the renewed certificate to be served' })
  expect(log.at(-1)).toBe('info: The TLS certificate was renewed; the new one ends on 2126-10-01.')
  expect(server.warnings).toEqual([])
  await writeFile(tlsCert, 'garbage')
  await waitFor(() => server.warnings.length > 0, { describe: 'the garbage to be found' })
  expect([server.lookAtCertificate(), server.lookAtCertificate(), await seen()]).toEqual([
    'unusable',
    'unusable',
    second,
  ])
  const [warning = ''] = server.warnings
  expect(warning).toMatch(
    /^The certificate from before is served on\. The files of tls_cert and tls_key cannot be used: /,
  )
  // Others are of files that were only half replaced.
  expect(log.filter((line) => line === `warn: ${warning}`)).toHaveLength(1)
})

test('a certificate without its key is not served; asked, the server looks at once', async () => {
  const { server, tlsCert, put, seen } = await withCertificate()
  await copyFile(join(tls, 'renewed-certificate.pem'), tlsCert)
  expect(server.lookAtCertificate()).toBe('unusable')
  expect(await seen()).toBe(await fingerprint('certificate.pem'))
  await put(join(tls, 'renewed-certificate.pem'), join(tls, 'renewed-key.pem'))
  expect([server.lookAtCertificate(), server.lookAtCertificate(), server.warnings]).toEqual(['renewed', 'same', []])
  expect(await seen()).toBe(await fingerprint('renewed-certificate.pem'))
})

test('that a certificate ends within two weeks is a warning, told once', async () => {
  const clock = new TestClock('2126-10-15T03:15:05Z')
  const { server, log } = await withCertificate({ clock })
  expect([server.warnings, log]).toEqual([[], []])
  clock.advance(4 * 86_400_000)
  const warning =
    'The TLS certificate ends in 12 d (2126-10-31); then browsers and other programs refuse this agent. ' +
    'Renew it: a running agent takes the new files over within a minute.'
  expect([server.lookAtCertificate(), server.lookAtCertificate()]).toEqual(['same', 'same'])
  expect(server.warnings).toEqual([warning])
  expect(log.filter((line) => line.startsWith('warn: '))).toEqual([`warn: ${warning}`])
})

test('timeouts: a client that sends nothing, or never comes to an end, is let go', async () => {
  const server = await serverWith({ timeouts: { silence: 300, request: 1_000 } })
  const ended = async (chatter: string | null) => {
    const socket = connect({ port: server.server.port ?? 0, host: '127.0.0.1' })
    socket.on('error', () => undefined)
    const timer = setInterval(() => chatter !== null && socket.write(chatter), 50)
    // Whether it is closed with an error or without is all the same.
    await new Promise((resolve) => socket.once('close', resolve))
    clearInterval(timer)
  }
  await Promise.all([ended(null), ended('G')])
  expect((await raw(`${server.url}/healthz`)).status).toBe(200)
})

test('the console: what was packed when it was built is served as it is, packed as the browser can read it', async () => {
  const folder = await temporaryFolder()
  const script = `console.log(${JSON.stringify('x'.repeat(2_000))})`
  await mkdir(join(folder.path, 'assets'))
  await writeFile(join(folder.path, 'index.html'), '<!doctype html><title>The console</title>')
  await writeFile(join(folder.path, 'assets', 'index-4f2a.js'), script)
  await compressFiles(folder.path)
  const server = await serverWith({ rendererFolder: folder.path })
  started.push({ stop: () => folder.remove() })
  for (const [accepted, extension] of [
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate', 'gz'],
  ] as const) {
    const answer = await fetch(`${server.url}/assets/index-4f2a.js`, { headers: { 'accept-encoding': accepted } })
    expect(await answer.text()).toBe(script)
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(answer.headers.get('content-type')).toContain('javascript')
    const packed = await readFile(join(folder.path, 'assets', `index-4f2a.js.${extension}`))
    expect(answer.headers.get('content-length')).toBe(String(packed.length))
  }
})

test('the console: files by their names for a year, pages always asked for again, everything else index.html', async () => {
  const folder = await temporaryFolder()
  const script = `console.log(${JSON.stringify('x'.repeat(2_000))})`
  await mkdir(join(folder.path, 'assets'))
  await writeFile(join(folder.path, 'index.html'), '<!doctype html><title>The console</title>')
  await writeFile(join(folder.path, 'assets', 'index-4f2a.js'), script)
  await writeFile(join(folder.path, '.secret'), 'no')
  const server = await serverWith({ rendererFolder: folder.path })
  started.push({ stop: () => folder.remove() })
  const hashed = await fetch(`${server.url}/assets/index-4f2a.js`, { headers: { 'accept-encoding': 'gzip' } })
  expect(await hashed.text()).toBe(script)
  expect(hashed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(hashed.headers.get('content-encoding')).toBe('gzip')
  expect(hashed.headers.get('content-type')).toContain('javascript')
  for (const path of ['/', '/health', '/runs/123?brand=x', '/jobs/a/b/c']) {
    const page = await fetch(`${server.url}${path}`)
    expect([path, page.status, await page.text()]).toEqual([path, 200, expect.stringContaining('The console')])
    expect(page.headers.get('cache-control')).toBe('no-cache')
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
  }
  for (const path of [
    '/assets/gone-1.js',
    '/.secret',
    '/favicon.ico',
    '/..%2f..%2fpackage.json',
    '/session',
    '/api',
    '/rpc',
  ]) {
    const answer = await raw(`${server.url}${path}`)
    expect([path, answer.body.includes('The console'), answer.status]).toEqual([path, false, expect.any(Number)])
    expect(answer.status).toBeGreaterThanOrEqual(400)
  }
})

test('a console that is not built says how to build it, without a script', async () => {
  const server = await serverWith({})
  const answer = await raw(`${server.url}/health`)
  expect(answer.status).toBe(503)
  expect(answer.body).toContain('npm run build')
  expect(answer.body).not.toContain('<script')
})

test('large answers are compressed, small ones are not', async () => {
  const server = await serverWith({})
  const { organizationId } = await addOpenBrand(server.console.sql)
  await server.console.sql.query(
    `insert into brands (organization_id, name) select $1, 'Brand ' || n from generate_series(1, 200) n`,
    [organizationId],
  )
  const headers = { ...(await server.signIn()), 'accept-encoding': 'gzip', ...fromPage }
  const brands = await rawBytes(`${server.url}/api/organizations/${organizationId}/brands`, headers)
  expect(brands.encoding).toBe('gzip')
  expect((JSON.parse(gunzipSync(brands.bytes).toString()) as { brands: unknown[] }).brands).toHaveLength(201)
  expect((await rawBytes(`${server.url}/healthz`, headers)).encoding).toBeNull()
})

async function rawBytes(url: string, headers: Record<string, string>) {
  const { promise, resolve, reject } = Promise.withResolvers<{ bytes: Buffer; encoding: string | null }>()
  const { request } = await import('node:http')
  request(url, { headers, agent: false }, (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('end', () =>
      resolve({ bytes: Buffer.concat(chunks), encoding: response.headers['content-encoding'] ?? null }),
    )
  })
    .on('error', reject)
    .end()
  return promise
}
