import { describe, expect, test } from 'vitest'
import { deviceMessage } from '../../../agent/incidents/channels/device-message.ts'
import { letterOf } from '../../../agent/incidents/channels/email-letter.ts'
import { payloadOf } from '../../../agent/incidents/channels/payload.ts'
import { slackBody } from '../../../agent/incidents/channels/slack.ts'
import { isRunbook, ownershipOf, ownershipWords, storedOwnership } from '../../../shared/ownership.ts'
import { deliveryOf, messageOf } from '../../support/messages.ts'

const runbook = 'https://wiki.example.com/orders?a=1&b=x|y'
const names = { owner: 'Data platform', runbook }

describe('a runbook is a page of the web', () => {
  test.each([
    'https://wiki.example.com',
    'http://localhost:8080/a?b#c',
    'https://[::1]/x',
    'https://wiki.exämple.de/ä',
  ])('%s', (address) => expect(isRunbook(address)).toBe(true))
  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'ftp://example.com',
    'https://user:password@example.com/',
    'https:///x',
    'https://a b.example.com',
    'https://example.com/\u202Ex',
    ' https://example.com',
    'https://example.com/"onclick=',
    `https://example.com/${'x'.repeat(500)}`,
    '',
  ])('nothing else: %j', (address) => expect(isRunbook(address)).toBe(false))
})

test('what is wrong has the names of its dataset, else of its job type, each by itself', () => {
  const none = { owner: null, runbook: null }
  expect(ownershipOf({ owner: 'A', runbook: null }, names)).toEqual({ owner: 'A', runbook })
  expect(ownershipOf(undefined, names)).toEqual(names)
  expect(ownershipOf(none, none)).toEqual(none)
  expect(ownershipWords(names)).toBe(`Owner: Data platform. Runbook: ${runbook}`)
  expect(ownershipWords(none)).toBe('')
})

test('what is stored in no form that may be shown is left out', () => {
  expect(storedOwnership({ owner: 7, runbook: 'javascript:alert(1)' })).toEqual({ owner: null, runbook: null })
  expect(storedOwnership(null)).toEqual({ owner: null, runbook: null })
  expect(storedOwnership({ owner: 'x'.repeat(200), runbook })).toEqual({ owner: 'x'.repeat(100), runbook })
})

describe('every channel says who answers for it and where to read on', () => {
  const delivery = deliveryOf(messageOf(names))

  test('programs as fields and in the text', () => {
    const payload: unknown = JSON.parse(payloadOf(delivery))
    expect(payload).toMatchObject({ incidents: [names] })
    expect(payload).toHaveProperty('text', expect.stringContaining(`Owner: Data platform. Runbook: ${runbook}`))
  })

  test('chat as words and a link, which the address cannot leave', () => {
    const text = JSON.stringify(slackBody(delivery))
    expect(text).toContain('Owner: Data platform.')
    expect(text).toContain('<https://wiki.example.com/orders?a=1&amp;b=x%7Cy|Runbook>')
  })

  test('letters in both forms', () => {
    const letter = letterOf(delivery, { from: 'pm@example.com', to: ['a@example.com'] })
    expect(letter.text).toContain(`Runbook: ${runbook}`)
    expect(letter.html).toContain('href="https://wiki.example.com/orders?a=1&#38;b=x|y">Runbook</a>')
  })

  test('devices where there is room', () => {
    expect(deviceMessage('1', messageOf(names)).body).toContain('Owner: Data platform.')
    const summary = 'Orders is stale. '.repeat(10).trim()
    const { body } = deviceMessage(
      '1',
      messageOf({ ...names, summary, runbook: `https://example.com/${'x'.repeat(90)}` }),
    )
    expect(body).not.toContain('Owner')
    expect(body).toContain('Run load_orders.')
  })

  test('the end of it names nobody', () => {
    const over = deliveryOf(messageOf({ ...names, transition: 'resolved' }))
    expect(JSON.stringify(slackBody(over))).not.toContain('Runbook')
  })
})
