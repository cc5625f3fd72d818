import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadSettings, redactUrl } from '../../../agent/config.ts'
import { problemFrom } from '../catalog/problem-of.ts'

const load = (databaseUrl: string) => loadSettings({ flags: { databaseUrl }, environment: {}, fileSettings: null })

describe('database_url', () => {
  test.each([
    'postgres://ops:hunter2@db.example:5432/pm',
    'postgresql://ops@db.example/pm?sslmode=require',
    'postgres://ops:hunter%402@[::1]:5432/pm',
    'postgres:///pm?host=/var/run/postgresql',
  ])('%s can be tried', (url) => {
    expect(load(url).settings.databaseUrl).toBe(url)
  })

  test.each([
    ['mysql://ops:hunter2@db.example/pm', 'it starts with mysql://'],
    ['ops:hunter2@db.example', 'is not a URL'],
    ['host=db.example password=hunter2', 'is not a URL'],
    ['postgres:///pm', 'names no host'],
    ['postgres://ops:hun/ter2@db.example/pm', 'cannot be read'],
    ['postgres://ops:12#hunter2@db.example/pm', 'cannot be read'],
    ['postgres://ops:12?hunter2@db.example/pm', 'cannot be read'],
    ['postgres://ops:12/hunter2@db.example/pm', 'cannot be read'],
    ['postgres://ops:hunter2@db.example:99999/pm', 'cannot be read'],
    ['   ', 'is not a URL'],
  ])('%s is refused without showing its password', (url, said) => {
    const problem = problemFrom(() => load(url))
    expect(problem.code).toBe('invalid_configuration')
    expect(problem.message).toContain(`database_url`)
    expect(problem.message).toContain(said)
    expect(problem.message).toContain('(from --database-url)')
    expect(`${problem.message} ${String(problem.value)}`).not.toMatch(/hunter2|ter2|:12/)
  })

  test('redactUrl keeps what helps and hides what is secret', () => {
    expect(redactUrl('postgres://ops:hunter2@db.example:5432/pm?sslmode=require&password=hunter2')).toBe(
      'postgres://ops:***@db.example:5432/pm?…',
    )
    expect(redactUrl('postgres://db.example/pm')).toBe('postgres://db.example/pm')
    expect(redactUrl('nonsense hunter2')).toBe('***')
  })

  test('redactUrl never shows a password, whatever characters it has', () => {
    // At least one letter Q per password, which nothing else in the URL has, and which cannot be part of `***`.
    const password = fc.string({ minLength: 1, maxLength: 30 }).map((text) => `Q${text}Q`)
    fc.assert(
      fc.property(password, (secret) => {
        expect(redactUrl(`postgres://ops:${secret}@db.example/pm`)).not.toContain('Q')
        expect(redactUrl(`postgres://ops:${encodeURIComponent(secret)}@db.example/pm?x=1`)).not.toContain('Q')
      }),
      { numRuns: 2_000 },
    )
  })
})
