import { describe, expect, test } from 'vitest'
import { openSlack, slackBody } from '../../../agent/incidents/channels/slack.ts'
import { containing } from '../../integration/cli/matchers.ts'
import { startServer } from '../../support/http-server.ts'
import { deliver, deliveryOf, messageOf, staleIncident, testPlace } from '../../support/messages.ts'
import { failureOf } from './failure-of.ts'

const secretPath = '/services/T00000000/B00000000/0123456789abcdefghijklmn'

function slackTo(host: string) {
  const { place, masker } = testPlace({ SLACK_URL: `http://${host}${secretPath}` }, { httpAllowHosts: [host] })
  return { channel: openSlack({ slack: { url_env: 'SLACK_URL' } }, place), masker }
}

describe('Slack', () => {
  test('gets blocks that say what, where, since when and what to do, with a link', () => {
    const { text, blocks } = slackBody(deliveryOf(messageOf({ effects: 2 })))
    expect(text).toBe('🔴 Stale dataset: orders of Birch Coffee')
    expect(blocks).toMatchObject([
      { type: 'header', text: { type: 'plain_text', text: '🔴 Stale dataset: orders of Birch Coffee' } },
      {
        type: 'section',
        text: {
          type: 'plain_text',
          text: `${staleIncident.summary}\n2 more incidents are its effects.\nRun load_orders.`,
        },
      },
      {
        type: 'section',
        fields: [
          { type: 'mrkdwn', text: '*Organization*' },
          { type: 'plain_text', text: 'Example Agency' },
          { type: 'mrkdwn', text: '*Brand*' },
          { type: 'plain_text', text: 'Birch Coffee' },
          { type: 'mrkdwn', text: '*Dataset*' },
          { type: 'plain_text', text: 'orders' },
          { type: 'mrkdwn', text: '*Open since*' },
          { type: 'plain_text', text: '2026-11-26 10:00 UTC' },
        ],
      },
      {
        type: 'context',
        elements: [
          {
            type: 'mrkdwn',
            text: `<https://ops.example.com/incidents/${staleIncident.id}|Open in Pipeline Manager>`,
          },
        ],
      },
    ])
  })

  test.each([
    ['resolved', '✅'],
    ['opened', '🔴'],
  ] as const)('a sign stands beside the words: %s %s', (transition, sign) => {
    expect(slackBody(deliveryOf(messageOf({ transition }))).text).toMatch(new RegExp(`^${sign} \\w`, 'u'))
  })

  test('without an address of the console there is no link', () => {
    expect(JSON.stringify(slackBody(deliveryOf(messageOf(), { consoleUrl: null })))).not.toContain('http')
  })

  test('bad input 36: untrusted text cannot mention, link or format anything', () => {
    const hostile = '<!channel> <https://evil.example|click> *bold* :fire: @here &lt;'
    const message = { ...messageOf({ summary: hostile, brand: hostile, nextStep: hostile }), title: hostile }
    const { text, blocks } = slackBody(deliveryOf(message))
    expect(text).not.toMatch(/<|@here/)
    const markup: string[] = []
    JSON.stringify(blocks, (_key, value: unknown) => {
      if (
        typeof value === 'object' &&
        value !== null &&
        'type' in value &&
        value.type === 'mrkdwn' &&
        'text' in value
      ) {
        markup.push(String(value.text))
      }
      return value
    })
    expect(markup.join()).not.toMatch(/evil|channel|fire|here/)
  })

  test('limits of Slack are kept, however long a text is', () => {
    const long = 'word '.repeat(2_000)
    const incidents = Array.from({ length: 20 }, () => ({ ...staleIncident, brand: long, dataset: long }))
    const summary = { ...messageOf(), type: 'summary' as const, title: long, incidents }
    for (const message of [summary, { ...messageOf({ summary: long, brand: long }), title: long }]) {
      const tooLong: string[] = []
      const [header] = slackBody(deliveryOf(message)).blocks
      expect(JSON.stringify(header).length).toBeLessThan(150 + 80)
      JSON.stringify(slackBody(deliveryOf(message)).blocks, (_key, value: unknown) => {
        if (typeof value === 'string' && value.length > 3_000) tooLong.push(value)
        return value
      })
      expect(tooLong).toEqual([])
    }
  })

  test('is asked as a browserless client and answers ok', async () => {
    await using server = await startServer((_request, response) => response.end('ok'))
    expect(await deliver(slackTo(server.host).channel)).toBe('200 OK: ok')
    const [seen] = server.seen
    expect([seen?.method, seen?.url, seen?.headers['content-type']]).toEqual(['POST', secretPath, 'application/json'])
    expect(JSON.parse(seen?.body ?? '')).toHaveProperty('blocks')
  })

  test.each([
    [400, 'invalid_blocks', false],
    [403, 'invalid_token', false],
    [404, 'no_service', false],
    [429, 'rate_limited', true],
    [500, 'rollup_error', true],
  ])('an answer %i %s: worth another try: %s', async (status, word, isWorthAnotherTry) => {
    await using server = await startServer((_request, response) => response.writeHead(status).end(word))
    const failure = await failureOf(deliver(slackTo(server.host).channel))
    expect(failure).toMatchObject({ isWorthAnotherTry, answer: containing(word) })
  })

  test('secrets: the URL is the secret, and so is its path', () => {
    const { masker } = slackTo('127.0.0.1:9')
    expect(masker.mask(`at ${secretPath}.`)).toBe('at ***.')
    expect(masker.mask('token 0123456789abcdefghijklmn')).toBe('token ***')
  })
})
