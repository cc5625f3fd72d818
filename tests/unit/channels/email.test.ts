import { describe, expect, test } from 'vitest'
import { openEmail } from '../../../agent/incidents/channels/email.ts'
import { containing } from '../../integration/cli/matchers.ts'
import { deliver, deliveryOf, messageOf, staleIncident, testPlace } from '../../support/messages.ts'
import { type SeenLetter, startSmtpServer } from '../../support/smtp-server.ts'
import { failureOf } from './failure-of.ts'

const spec = {
  email: { smtp_url_env: 'SMTP_URL', from: 'pipelines@example.com', to: ['ops@example.com', 'b@example.org'] },
}

function emailTo(port: number, login = '') {
  const { place, masker } = testPlace({ SMTP_URL: `smtp://${login}127.0.0.1:${port}` })
  return { channel: openEmail(spec, place), masker }
}

function only(letters: readonly SeenLetter[]): SeenLetter {
  const [first, ...others] = letters
  if (first === undefined || others.length > 0) throw new Error(`expected one letter, got ${letters.length}`)
  return first
}

describe('e-mail', () => {
  test('is a letter in text and HTML to everybody named, with the answer of the server', async () => {
    await using server = await startSmtpServer()
    expect(await deliver(emailTo(server.port).channel)).toBe('250 taken as 42')
    const { from, to, headers, source } = only(server.letters)
    expect([from, to]).toEqual(['pipelines@example.com', ['ops@example.com', 'b@example.org']])
    expect(headers.get('from')).toBe('Pipeline Manager <pipelines@example.com>')
    expect(headers.get('subject')).toBe('Stale dataset: orders of Birch Coffee')
    expect(headers.get('auto-submitted')).toBe('auto-generated')
    expect(headers.get('date')).toContain('26 Nov 2026 12:00:00')
    const text = source.replaceAll('=\r\n', '').replaceAll('=3D', '=')
    expect(text).toContain('Content-Type: text/plain')
    expect(text).toContain('Brand: Birch Coffee')
    expect(text).toContain('Content-Type: text/html')
    expect(text).toContain(`href="https://ops.example.com/incidents/${staleIncident.id}"`)
    expect(text).not.toMatch(/<img|<script|src=/)
  })

  test('all letters of an incident belong together; a second try is the same letter', async () => {
    await using server = await startSmtpServer()
    const { channel } = emailTo(server.port)
    await deliver(channel)
    await deliver(channel)
    await deliver(channel, deliveryOf(messageOf({ transition: 'resolved' }), { id: 'another' }))
    const [first, again, end] = server.letters.map(({ headers }) => headers)
    expect(first?.get('message-id')).toBe(`<${deliveryOf().id}@example.com>`)
    expect(again?.get('message-id')).toBe(first?.get('message-id'))
    expect(end?.get('message-id')).toBe('<another@example.com>')
    const thread = `<incident-${staleIncident.id}@example.com>`
    for (const headers of [first, end]) {
      expect([headers?.get('in-reply-to'), headers?.get('references')]).toEqual([thread, thread])
    }
  })

  test('a summary belongs to no incident', async () => {
    await using server = await startSmtpServer()
    await deliver(emailTo(server.port).channel, deliveryOf({ ...messageOf(), type: 'summary' }))
    expect(only(server.letters).headers.has('references')).toBe(false)
  })

  test('bad input 36: no text can add a header, a recipient or a part', async () => {
    await using server = await startSmtpServer()
    const hostile =
      'x\r\nBcc: evil@example.net\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>\r\n.\r\nQUIT'
    const message = { ...messageOf({ summary: hostile, brand: hostile, dataset: hostile }), title: hostile }
    await deliver(emailTo(server.port).channel, deliveryOf(message))
    const { to, headers, source } = only(server.letters)
    expect(to).toEqual(['ops@example.com', 'b@example.org'])
    expect([headers.has('bcc'), headers.get('content-type')]).toEqual([false, containing('multipart/alternative')])
    expect(headers.get('subject')).toContain('Bcc: evil@example.net')
    const [text = '', html = ''] = source.split('Content-Type: text/html; charset=utf-8')
    expect([text.includes('<script>'), html.includes('<script>')]).toEqual([true, false])
    const words = server.commands.map((command) => command.split(' ', 1)[0])
    expect(words.slice(0, 5)).toEqual(['EHLO', 'MAIL', 'RCPT', 'RCPT', 'DATA'])
  })

  test('bad input 37: names of the whole world arrive', async () => {
    await using server = await startSmtpServer()
    await deliver(emailTo(server.port).channel, deliveryOf({ ...messageOf(), title: 'Über 日本 🚀' }))
    const { headers } = only(server.letters)
    const words = [...(headers.get('subject') ?? '').matchAll(/=\?UTF-8\?B\?([^?]*)\?=/gi)].map(([, word = '']) => word)
    expect(Buffer.concat(words.map((word) => Buffer.from(word, 'base64'))).toString()).toBe('Über 日本 🚀')
  })

  test('signs in with the name and password of the URL', async () => {
    await using server = await startSmtpServer()
    const { channel, masker } = emailTo(server.port, 'user:p%40ss-word-1@')
    await deliver(channel)
    const [, , plain = ''] = server.commands.find((command) => command.startsWith('AUTH'))?.split(' ') ?? []
    expect(Buffer.from(plain, 'base64').toString()).toBe('\u0000user\u0000p@ss-word-1')
    expect(masker.mask('p@ss-word-1 and p%40ss-word-1')).toBe('*** and ***')
  })

  test('a password goes nowhere in clear: a server that is not named as this machine and offers no TLS does not get it', async () => {
    await using server = await startSmtpServer()
    // Not among the names of this machine, though it leads here.
    const { place } = testPlace({ SMTP_URL: `smtp://user:password@[::ffff:127.0.0.1]:${server.port}` })
    const failure = await failureOf(deliver(openEmail(spec, place)))
    expect(failure).toMatchObject({ isWorthAnotherTry: false, message: containing('TLS') })
    expect(server.commands.join()).not.toMatch(/AUTH|MAIL/)
  })

  test.each<[string, (command: string) => string | undefined, boolean, string]>([
    ['a server that is busy', (command) => (command === 'CONNECT' ? '421 later' : undefined), true, '421 later'],
    ['a mailbox that is busy', (command) => (command.startsWith('RCPT') ? '451 later' : undefined), true, '451 later'],
    ['no such mailbox', (command) => (command.startsWith('RCPT') ? '550 unknown' : undefined), false, '550 unknown'],
    ['a letter that is refused', (command) => (command === 'END' ? '554 spam' : undefined), false, '554 spam'],
    ['a wrong password', (command) => (command.startsWith('AUTH') ? '535 wrong' : undefined), false, '535 wrong'],
    ['a sign-in that is busy', (command) => (command.startsWith('AUTH') ? '454 later' : undefined), true, '454 later'],
  ])('%s', async (_what, answer, isWorthAnotherTry, said) => {
    await using server = await startSmtpServer(answer)
    const failure = await failureOf(deliver(emailTo(server.port, 'user:password@').channel))
    expect(failure).toMatchObject({ isWorthAnotherTry, answer: said })
    expect(failure.message).toContain(`127.0.0.1:${server.port}`)
  })

  test('one of two recipients is refused: it is delivered, and said', async () => {
    await using server = await startSmtpServer((command) =>
      command.includes('b@example.org') ? '550 unknown' : undefined,
    )
    expect(await deliver(emailTo(server.port).channel)).toBe('250 taken as 42 (not taken for: b@example.org)')
  })

  test('fault 27: nobody listens', async () => {
    const server = await startSmtpServer()
    await server[Symbol.asyncDispose]()
    expect(await failureOf(deliver(emailTo(server.port).channel))).toMatchObject({
      isWorthAnotherTry: true,
      answer: null,
    })
  })

  test.each(['CONNECT', 'MAIL', 'END'])(
    'fault 27: a server that says nothing after %s is given up in time',
    async (silent) => {
      const abort = new AbortController()
      await using server = await startSmtpServer((command) => {
        if (!command.startsWith(silent)) return undefined
        queueMicrotask(() => abort.abort(new Error('late')))
        return null
      })
      await expect(deliver(emailTo(server.port).channel, deliveryOf(), abort.signal)).rejects.toThrow('late')
    },
  )

  test.each([
    ['nothing', {}, 'SMTP_URL is not set'],
    ['another protocol', { SMTP_URL: 'https://mail.example.com' }, 'must begin with smtps:// or smtp://'],
    ['options of the mailer', { SMTP_URL: 'smtp://mail.example.com/?ignoreTLS=true' }, 'is more than a server'],
  ])('%s in the variable is refused when the channel is opened', (_what, environment, said) => {
    expect(() => openEmail(spec, testPlace(environment).place)).toThrow(new RegExp(said, 'i'))
  })
})
