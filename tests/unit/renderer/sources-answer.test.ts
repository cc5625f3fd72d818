import { expect, test } from 'vitest'
import { hooksAnswer, pingsAnswer } from '../../../renderer/pages/sources/sources-answer.tsx'

test('pings in a sentence', () => {
  const checks = (...states: ('up' | 'down' | 'grace' | 'paused')[]) => states.map((state) => ({ state }))
  expect(pingsAnswer([])).toBe('No job of another program pings here.')
  expect(pingsAnswer(checks('up'))).toBe('1 check: none is down or late.')
  expect(pingsAnswer(checks('up', 'down', 'grace', 'grace', 'paused'))).toBe(
    '5 checks: 1 is down, 2 are late, 1 is paused.',
  )
})

test('hooks in a sentence', () => {
  expect(hooksAnswer([])).toBe('No other program can queue jobs here yet.')
  expect(hooksAnswer([{ enabled: true }, { enabled: false }])).toBe('2 hooks, 1 switched off.')
})
