import { afterEach, beforeEach, expect, test } from 'vitest'
import { addOpenBrand } from '../../support/console.ts'
import { type Proxy, startProxy } from '../../support/proxy.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { waitFor } from '../../support/wait.ts'

let proxy: Proxy
let server: TestServer
beforeEach(async () => {
  server = await startTestServer(
    {},
    {
      through: async (url) => {
        proxy = await startProxy(url)
        return proxy.through(url)
      },
    },
  )
})
afterEach(async () => {
  await server.stop()
  await proxy[Symbol.asyncDispose]()
})

test('fault 10: while the database is away an event is answered with 503 and a time to come again, and taken when it is back', async () => {
  const { organizationId } = await addOpenBrand(server.console.sql)
  const authorization = `Bearer ${await server.token('ingest', organizationId)}`
  const send = (runId: string) =>
    fetch(`${server.url}/api/v1/lineage`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({
        eventType: 'START',
        eventTime: new Date().toISOString(),
        producer: 'https://example.com/x',
        run: { runId },
        job: { namespace: 'n', name: 'j' },
      }),
    })
  expect((await send('before')).status).toBe(201)
  proxy.refuse()
  await server.console.services.supervisor.retry()
  const refused = await send('meanwhile')
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(await refused.json()).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  proxy.restore()
  await server.console.services.supervisor.retry()
  await waitFor(async () => (await send('meanwhile')).status === 201, { describe: 'the event to be taken' })
  const { rows } = await server.console.sql.query<{ run_key: string }>(
    'select run_key from external_runs order by run_key',
  )
  expect(rows.map((row) => row.run_key)).toEqual(['before', 'meanwhile'])
})
