import { expect, test } from 'vitest'
import { whenWords } from '../../../agent/cli/commands/ready-all.ts'

const at = (time: string): Date => new Date(`2026-03-02T${time}:00Z`)
const none = { expectedAt: null, readyUntil: null, goesStale: null, unknown: null, work: null }

test.for<[string, Partial<Parameters<typeof whenWords>[0]>, string]>([
  ['expected', { expectedAt: at('08:00') }, 'expected 2026-03-02 08:00 UTC.'],
  [
    'expected, and late all the same',
    { expectedAt: at('08:00'), goesStale: { label: 'Orders', at: at('08:30') } },
    'expected 2026-03-02 08:00 UTC; Orders goes stale 2026-03-02 08:30 UTC; nothing refreshes it before.',
  ],
  [
    'what goes stale first is refreshed, and something else is not',
    { readyUntil: at('07:00'), goesStale: { label: 'Ads', at: at('10:00') } },
    'Ads goes stale 2026-03-02 10:00 UTC; nothing refreshes it before.',
  ],
  ['ready', { readyUntil: at('07:00') }, 'ready until 2026-03-02 07:00 UTC.'],
  [
    'unknown',
    { unknown: { gap: 'paused', why: 'Orders: load is paused.' } },
    'nobody can say: Orders: load is paused.',
  ],
])('pm ready --all, %s', ([, state, words]) => {
  expect(whenWords({ ...none, ...state })).toBe(words)
})
