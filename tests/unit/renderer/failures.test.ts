import { ORPCError } from '@orpc/client'
import { MutationObserver, onlineManager } from '@tanstack/react-query'
import { afterEach, describe, expect, test } from 'vitest'
import { commandFailureOf, createQueryClient, failureOf, knownOf } from '../../../renderer/client/queries.ts'

const refused = (code: string, status: number): unknown =>
  new ORPCError(code, { defined: true, status, message: 'Why.', data: { field: null, value: null, fix: null } })

describe('a call without an answer', () => {
  test('what is on screen is asked again by itself; a command is not, and may have been done', () => {
    expect(failureOf(new TypeError('Failed to fetch')).fix).toContain('by itself')
    for (const thrown of [new TypeError('Failed to fetch'), new ORPCError('BAD_GATEWAY', { status: 502 })]) {
      expect(commandFailureOf(thrown).fix).toMatch(/not known whether it was done/)
    }
    expect(failureOf(new TypeError('Failed to fetch'), 'once').fix).toBe('Try again in a moment.')
  })

  test('a command that was refused was not done', () => {
    expect(commandFailureOf(refused('CONFLICT', 409))).toMatchObject({ code: 'CONFLICT', message: 'Why.', fix: null })
    expect(commandFailureOf(new ORPCError('PAYLOAD_TOO_LARGE', { status: 413 })).fix).toBe('Try again in a moment.')
  })
})

describe('what was known when it is asked again in vain', () => {
  const data = { name: 'Nightly orders' }

  test('stays while the failure may pass', () => {
    expect(knownOf({ data, error: null })).toBe(data)
    expect(knownOf({ data, error: new TypeError('Failed to fetch') })).toBe(data)
    expect(knownOf({ data, error: refused('DATABASE_UNREACHABLE', 503) })).toBe(data)
  })

  test('is not shown any more when the thing is gone, or not for whoever asks', () => {
    expect(knownOf({ data, error: refused('NOT_FOUND', 404) })).toBeUndefined()
    expect(knownOf({ data, error: refused('NOT_ALLOWED', 403) })).toBeUndefined()
  })
})

describe('a machine without a network', () => {
  afterEach(() => onlineManager.setOnline(true))

  test('is answered by its own agent, and what is pressed is done at once, not when the network is back', async () => {
    onlineManager.setOnline(false)
    const cache = createQueryClient()
    expect(await cache.query({ queryKey: ['jobs'], queryFn: () => 'from this machine' })).toBe('from this machine')
    expect(await new MutationObserver(cache, { mutationFn: () => Promise.resolve('queued') }).mutate()).toBe('queued')
    cache.clear()
  })
})
