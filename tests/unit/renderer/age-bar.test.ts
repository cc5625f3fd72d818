// @vitest-environment happy-dom
import { cleanup, render } from '@testing-library/react'
import { createElement } from 'react'
import { afterEach, expect, test } from 'vitest'
import { ClientProvider } from '../../../renderer/client/context.tsx'
import type { Client } from '../../../renderer/client/door.ts'
import { KeptAnswers } from '../../../renderer/client/kept.ts'
import { DatabaseClockProvider } from '../../../renderer/client/now.tsx'
import { AgeBar } from '../../../renderer/components/age-bar.tsx'
import { TestClock } from '../../support/clock.ts'

const now = new Date('2026-03-01T12:00:00Z')
const hoursFrom = (hours: number): Date => new Date(now.getTime() + hours * 3_600_000)

type Facts = Parameters<typeof AgeBar>[0]['facts']

afterEach(cleanup)

/** The words, and how far the bar and its two ticks reach, percent. */
function drawn(facts: Partial<Facts>) {
  const all: Facts = {
    freshness: 'fresh',
    lastSuccessAt: null,
    maxAgeHours: null,
    due: null,
    nextRunAt: null,
    ...facts,
  }
  // Nothing is asked: the bar only wants the clock.
  const client = {} as Client
  const clocked = { children: createElement(AgeBar, { facts: all }) }
  const connected = {
    client,
    kept: new KeptAnswers(),
    clock: new TestClock(now),
    children: createElement(DatabaseClockProvider, clocked),
  }
  const { container } = render(createElement(ClientProvider, connected))
  const parts = [...container.querySelectorAll<HTMLElement>('[data-hue] > span')]
  return {
    words: container.textContent,
    hue: container.querySelector('[data-hue]')?.getAttribute('data-hue') ?? null,
    percents: parts.map(({ style }) => Number.parseFloat(style.width === '' ? style.left : style.width)),
  }
}

test('without a success or a maximum there are only words', () => {
  expect(drawn({})).toEqual({ words: 'No success yet', hue: null, percents: [] })
  expect(drawn({ maxAgeHours: 24 }).words).toBe('No success yet; may be 24 h old')
  expect(drawn({ lastSuccessAt: hoursFrom(-3) })).toEqual({ words: '3 h old', hue: null, percents: [] })
})

test('the bar is the age against the maximum, with the next run as its tick', () => {
  expect(drawn({ lastSuccessAt: hoursFrom(-6), maxAgeHours: 24, nextRunAt: hoursFrom(6) })).toEqual({
    words: '6 h old of 24 h',
    hue: 'teal',
    percents: [25, 50],
  })
})

test('beyond the maximum there is room for as much again, and the maximum is marked', () => {
  const facts = { freshness: 'stale', lastSuccessAt: hoursFrom(-9), maxAgeHours: 6 } as const
  expect(drawn(facts)).toEqual({ words: '9 h old of 6 h', hue: 'red', percents: [100, 66.67] })
  expect(drawn({ ...facts, lastSuccessAt: hoursFrom(-900) }).percents).toEqual([100, 50])
})

test('a success in the future, by a clock that is ahead, is no negative age', () => {
  expect(drawn({ lastSuccessAt: hoursFrom(1), maxAgeHours: 6 }).percents).toEqual([0])
})
