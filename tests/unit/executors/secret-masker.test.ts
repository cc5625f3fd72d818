import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRunLog, type LogLine, runLogLimits } from '../../../agent/jobs/log/run-log.ts'
import { maskShaped, maskShapedJson, SecretMasker } from '../../../agent/jobs/log/secret-masker.ts'
import { systemClock } from '../../../shared/clock.ts'
import type { JsonObject } from '../../../shared/domain.ts'

function maskerOf(...values: string[]): SecretMasker {
  const masker = new SecretMasker()
  for (const value of values) masker.add(value)
  return masker
}

describe('secrets by value', () => {
  const secret = 'p@ss w/rd+"7f3a91"é'
  const bytes = Buffer.from(secret)

  test.each([
    ['as it is', secret],
    ['escaped in JSON', JSON.stringify({ secret })],
    ['JSON inside JSON', JSON.stringify(JSON.stringify({ secret }))],
    ['in a URL', encodeURIComponent(secret)],
    ['in a URL, lower case', encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase())],
    ['in a form', encodeURIComponent(secret).replaceAll('%20', '+')],
    ['base64', bytes.toString('base64')],
    ['base64 after one byte', Buffer.concat([Buffer.from('u'), bytes]).toString('base64')],
    ['base64 after two bytes, with more behind', Buffer.from(`u:${secret} and more`).toString('base64')],
    ['base64url', Buffer.from(`user:${secret}:x`).toString('base64url')],
    ['hex', bytes.toString('hex')],
    ['coloured in the middle', `p@ss w\u001b[31m/rd+"7f3\u001b[0ma91"é`],
  ])('are masked %s', (_how, text) => {
    const masked = maskerOf(secret).mask(`before ${text} after`)
    expect(masked).toContain('***')
    expect(masked).not.toMatch(/7f3|N2YzYT|dmM2E5|3ZjNhOT|37663361/)
    expect(masked.startsWith('before ')).toBe(true)
    expect(masked.endsWith(' after')).toBe(true)
  })

  test('overlapping ones leave no remainder', () => {
    expect(maskerOf('abcdef', 'defghi', 'cdefg').mask('xabcdefghix')).toBe('x***x')
  })

  test('of several lines are masked line by line', () => {
    const masker = maskerOf('first-line\nsecond-line\nxyz')
    expect(['> first-line', 'second-line!', 'xyz'].map((line) => masker.mask(line))).toEqual(['> ***', '***!', 'xyz'])
  })

  test('the password inside a URL counts by itself', () => {
    const masker = maskerOf('postgres://loader:s3cr%2Ft-pw@db.example.com/x')
    expect(masker.mask('password s3cr/t-pw, s3cr%2Ft-pw')).toBe('password ***, ***')
  })

  test.each([
    ['Bearer 7f3a91-token', 'key 7f3a91-token is unknown'],
    ['ApiKey  7f3a91-token', 'key 7f3a91-token is unknown'],
    [`Basic ${Buffer.from('loader:7f3a91').toString('base64')}`, 'key 7f3a91 is unknown'],
    [`basic ${Buffer.from('loader:7f3a91').toString('base64')}`, 'key loader:7f3a91 is unknown'],
  ])('the credentials of the header %j count by themselves', (header, text) => {
    expect(maskerOf(header).mask(text)).toBe('key *** is unknown')
    expect(maskerOf(header).mask(`key ${header} is unknown`)).toBe('key *** is unknown')
  })

  test('under five characters are left alone, or every "yes" would be masked', () => {
    expect(maskerOf('', ' ', 'yes', 'true').mask('yes, true')).toBe('yes, true')
  })

  test('in JSON, keys included', () => {
    expect(maskerOf('canary').maskJson({ canary: ['a canary', 1, null, { x: 'canary' }] })).toEqual({
      '***': ['a ***', 1, null, { x: '***' }],
    })
  })
})

describe('secrets by shape', () => {
  const jwt = `eyJ${'a'.repeat(30)}.eyJ${'b'.repeat(40)}.${'c'.repeat(43)}`
  test.each([
    [
      'https://graph.example.com/me?fields=a&access_token=EAAB-x1y2z3&limit=5',
      'https://graph.example.com/me?fields=a&access_token=***&limit=5',
    ],
    ['Authorization: Bearer abcdefgh12345', 'Authorization: ***'],
    ['sent Bearer abcdefgh12345, got 401', 'sent Bearer ***, got 401'],
    ['{"api_key": "k-123456", "rows": 5}', '{"api_key": "***", "rows": 5}'],
    ['{"passphrase": "my dog is big", "rows": 5}', '{"passphrase": "***", "rows": 5}'],
    ['{"password":"a\\"b c,d"}', '{"password":"***"}'],
    ["{'password': 'my dog, is big', 'rows': 5}", "{'password': '***', 'rows': 5}"],
    [
      '{"conf":"{\\"password\\": \\"hunter2 secret\\", \\"rows\\": 5}"}',
      '{"conf":"{\\"password\\": \\"***\\", \\"rows\\": 5}"}',
    ],
    ['{"conf":"{\\"cookie\\": \\"sid=canary\\"}"}', '{"conf":"{\\"cookie\\": \\"***\\"}"}'],
    ['password=C:\\keys\\one', 'password=***'],
    ['PGPASSWORD=hunter22 psql', 'PGPASSWORD=*** psql'],
    ['postgres://loader:pw@db.example.com/x', 'postgres://loader:***@db.example.com/x'],
    ['GET https://x/?api-key=abcdefghijk&n=1', 'GET https://x/?api-key=***&n=1'],
    ['--conf spark.hadoop.fs.s3a.secret.key=abcdefgh', '--conf spark.hadoop.fs.s3a.secret.key=***'],
    ['Private-Key: abcdefgh', 'Private-Key: ***'],
    ['AKIAABCDEFGHIJKLMNOP', '***'],
    [`ghp_${'a'.repeat(36)}`, '***'],
    ['xoxb-1234567890-abc', '***'],
    ['https://hooks.slack.com/services/T000/B000/XXXXXXXX', 'https://hooks.slack.com/services/***'],
    [`got ${jwt}, thanks`, 'got ***, thanks'],
    [
      '{"private_key_pem":"-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----"}',
      '{"private_key_pem":"-----BEGIN PRIVATE KEY-----***-----END PRIVATE KEY-----"}',
    ],
  ])('%s', (text, masked) => {
    expect(new SecretMasker().mask(text)).toBe(masked)
  })

  test.each([
    ['beginnings of private keys without an end', '-----BEGIN PRIVATE KEY-----'],
    ['tokens of which none ends', 'eyJ-'],
    ['names of secrets', 'password: '],
    ['names of secrets in quotes', '"password":"\\'],
    ['backslashes', '\\'],
    ['a secret of backslashes', 'pwd:\\"\\\\\\'],
    ['addresses', 'ab://x:yyyyyyy:'],
  ])('a text of nothing but %s is looked through in a moment', (_what, part) => {
    const text = part.repeat(200_000 / part.length)
    const before = process.cpuUsage()
    new SecretMasker().mask(text)
    // From each anew, it would be minutes.
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(3_000)
  })

  test('what is secret by its name in a JSON value is masked, and what stands in its texts', () => {
    const plain = { rows: 3, note: 'fine', list: [null, 'x'] }
    expect(maskShapedJson(plain)).toBe(plain)
    const told = {
      access_token: 'canary-1',
      note: 'a\npostgresql://u:canary-2@h/d',
      list: [{ text: 'password=canary-3' }],
    }
    expect(maskShapedJson(told)).toEqual({
      access_token: '***',
      note: 'a\npostgresql://u:***@h/d',
      list: [{ text: 'password=***' }],
    })
  })

  test.each<[string, JsonObject, JsonObject]>([
    ['in JSON in JSON', { conf: '{"password": "hunter2secret"}' }, { conf: '{"password": "***"}' }],
    [
      'in JSON in JSON in JSON',
      { conf: JSON.stringify({ more: '{"password": "hunter2secret"}' }) },
      { conf: JSON.stringify({ more: '{"password": "***"}' }) },
    ],
    ['of words that are short', { passphrase: 'my dog is big' }, { passphrase: '***' }],
    ['that is short', { deep: [{ db_password: 'abc' }] }, { deep: [{ db_password: '***' }] }],
    ['with what separates elsewhere', { password: 'p&ss,word1!' }, { password: '***' }],
    ['in words, of words', { note: 'password="my dog is big"' }, { note: 'password="***"' }],
    ['in a header', { headers: { 'X-Api-Key': 'abcdefgh123' } }, { headers: { 'X-Api-Key': '***' } }],
    ['of any scheme', { headers: { Authorization: 'Token abcdefgh' } }, { headers: { Authorization: '***' } }],
    ['in a cookie', { 'set-cookie': ['sid=abc', 'b=1'] }, { 'set-cookie': ['***', '***'] }],
    ['that is a number', { password: 123_456_789, pwd: -5 }, { password: '***', pwd: '***' }],
    ['in a list', { password: ['hunter2secret', 7] }, { password: ['***', '***'] }],
    [
      'in an object',
      { credential: { user: 'ana', keys: [{ a: 'b' }], on: true } },
      { credential: { user: '***', keys: [{ a: '***' }], on: true } },
    ],
    ['of a property', { 'spark.hadoop.fs.s3a.secret.key': 'abc' }, { 'spark.hadoop.fs.s3a.secret.key': '***' }],
    ['of a short property', { 'secret.key': 'abc' }, { 'secret.key': '***' }],
    ['with a dash', { 'api-key': 'abc' }, { 'api-key': '***' }],
    ['with a dash, in an address', { at: 'https://x/?api-key=abcdefghijk' }, { at: 'https://x/?api-key=***' }],
    ['behind a colour', { note: '\u001b[31mAKIAABCDEFGHIJKLMNOP' }, { note: '\u001b[31m***' }],
  ])('a secret %s is masked in a JSON value, though nothing else in it is one', (_what, told, masked) => {
    expect(maskShapedJson(told)).toEqual(masked)
  })

  test('whatever the text, alone in a JSON value it is masked as it is by itself', () => {
    const part = fc.constantFrom(
      'password=',
      'Bearer ',
      'ghp_',
      'abcdefghijklmnopqrstuvwxyz0123456789',
      '\\',
      'n',
      '\n',
      '\u0007',
      '\u000b',
      '"',
      ' ',
      'x',
      '1',
      ': ',
      ',',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        const text = parts.join('')
        expect(maskShapedJson({ a: text })).toEqual({ a: maskShaped(text) })
      }),
      {
        numRuns: 2_000,
        examples: [[['password=ab', '\\', 'nXYZ1234']], [['\u0007', 'ghp_', 'abcdefghijklmnopqrstuvwxyz0123456789']]],
      },
    )
  })

  test('what only sounds like the name of a secret stays, and so does whether there is one', () => {
    const plain = {
      max_tokens: 100,
      token_count: 12_345,
      tokens: [1, 2],
      secret_santa: 'Ana in accounting',
      password_policy: 'strong one',
      cookies_set: 4,
      authorization_mode: 'bearer token',
      has_password: true,
      token: null,
    }
    expect(maskShapedJson(plain)).toBe(plain)
  })

  test.each(['tokens: 12', 'the token expired', 'password: no', 'see https://example.com:8080/a@b', 'Basic auth'])(
    'ordinary text stays: %s',
    (text) => {
      expect(new SecretMasker().mask(text)).toBe(text)
    },
  )

  test('a hostile line costs no more than a long one', () => {
    const line = '-token-secret=eyJeyJ'.repeat(2_000)
    expect(new SecretMasker().mask(line).length).toBeLessThan(line.length)
  })
})

function logged(chunks: readonly Uint8Array[], secrets: SecretMasker, limits = runLogLimits): string[] {
  const lines: LogLine[] = []
  const log = createRunLog({ sink: (line) => lines.push(line), clock: systemClock, secrets, limits })
  const stream = log.forStep('step').stream('stdout')
  for (const chunk of chunks) stream.chunk(chunk)
  stream.end()
  log.end()
  return lines.map((line) => line.message)
}

function chunked(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let from = 0, index = 0; from < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1
    chunks.push(bytes.subarray(from, from + size))
    from += size
  }
  return chunks
}

describe('secrets in a stream', () => {
  const canary = 'canary-Ω-7f3a91c2'
  const around = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\n', '\r', '\r\n', '\t', '\u001b[31m', '\u001b[2J', 'é', '😀', '\u0000'),
    ),
    { maxLength: 40 },
  )
  const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 })

  test('no chunking and no cut of a line lets a secret through', () => {
    fc.assert(
      fc.property(around, around, sizes, fc.integer({ min: 1, max: 60 }), (before, after, cuts, lineCharacters) => {
        const text = `${before.join('')}${canary}${after.join('')}${canary}`
        const limits = { ...runLogLimits, lineCharacters }
        const shown = logged(chunked(Buffer.from(text), cuts), maskerOf(canary), limits).join('\n')
        for (let length = 5; length <= canary.length; length += 1) expect(shown).not.toContain(canary.slice(0, length))
      }),
      { numRuns: 500 },
    )
  })

  test('the lines are the same however the bytes arrive', () => {
    fc.assert(
      fc.property(around, sizes, (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''))
        expect(logged(chunked(bytes, cuts), maskerOf(canary))).toEqual(logged([bytes], maskerOf(canary)))
      }),
    )
  })

  test('nor does the cap of a line, wherever the secret lies across it', () => {
    for (let offset = -30; offset <= 5; offset += 1) {
      const text = 'x'.repeat(runLogLimits.lineCharacters + offset) + canary + 'y'.repeat(40_000)
      expect(logged([Buffer.from(text)], maskerOf(canary)).join('\n')).not.toContain('can')
    }
  })

  test('a line that is mostly secrets cannot pull half of the last one into view', () => {
    const text = `\u001b[2J${canary} `.repeat(3_000)
    expect(logged([Buffer.from(text)], maskerOf(canary)).join('\n')).not.toContain('can')
  })

  test('nor can what is taken out of a line before it', () => {
    const cleared = '\u001b[2J'.repeat(3_000)
    for (let heldLength = 24_540; heldLength <= 24_580; heldLength += 1) {
      const text = `${cleared}${'x'.repeat(heldLength - cleared.length)}${canary}`
      expect(logged([Buffer.from(text)], maskerOf(canary)).join('\n')).not.toContain('can')
    }
  })

  test('the body of a private key is masked line by line', () => {
    const key = [
      '-----BEGIN RSA PRIVATE KEY-----',
      'MIIEpAIBAAKCAQEA',
      'q83vEjRWeJA=',
      '-----END RSA PRIVATE KEY-----',
      'done',
    ]
    expect(logged([Buffer.from(key.join('\n'))], new SecretMasker())).toEqual([key[0], '***', '***', key[3], 'done'])
  })
})
