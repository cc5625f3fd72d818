/** §2.5: what counts is the address that is connected to. No name on this machine leads to a private address, so the resolver is ours. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openSlack } from '../../../agent/incidents/channels/slack.ts'
import { openWebhook } from '../../../agent/incidents/channels/webhook.ts'
import { startServer } from '../../support/http-server.ts'
import { deliver, testPlace } from '../../support/messages.ts'
import { failureOf } from './failure-of.ts'

const resolved: { address: string; family: number }[] = []
vi.mock('node:dns/promises', () => ({ lookup: () => Promise.resolve([...resolved]) }))
afterEach(() => {
  resolved.length = 0
})

const name = 'hooks.example.com'

describe.each([
  [
    'a webhook',
    (url: string, httpAllowHosts: string[]) => {
      const { place } = testPlace({ U: url, S: 'a secret that is long enough' }, { httpAllowHosts })
      return openWebhook({ webhook: { url_env: 'U', secret_env: 'S' } }, place)
    },
  ],
  [
    'Slack',
    (url: string, httpAllowHosts: string[]) =>
      openSlack({ slack: { url_env: 'U' } }, testPlace({ U: url }, { httpAllowHosts }).place),
  ],
])('%s', (_what, open) => {
  test.each([
    '127.0.0.1',
    '10.0.0.5',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '::1',
    '::ffff:127.0.0.1',
    'fd00::1',
    '64:ff9b::7f00:1',
  ])('a name of the list that leads to %s connects to nothing', async (address) => {
    await using server = await startServer((_request, response) => response.end())
    resolved.push({ address, family: address.includes(':') ? 6 : 4 })
    const channel = open(`http://${name}:${server.port}/`, [`${name}:${server.port}`])
    const failure = await failureOf(deliver(channel))
    expect(failure.isWorthAnotherTry).toBe(false)
    expect(failure.message).toContain('an address of a private network')
    expect(server.seen).toEqual([])
  })

  test('unless the list has the address too', async () => {
    await using server = await startServer((_request, response) => response.end())
    resolved.push({ address: '127.0.0.1', family: 4 })
    const channel = open(`http://${name}:${server.port}/`, [`${name}:${server.port}`, server.host])
    expect(await deliver(channel)).toBe('200 OK')
    expect(server.seen[0]?.headers.host).toBe(`${name}:${server.port}`)
  })
})
