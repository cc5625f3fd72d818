// @vitest-environment happy-dom
import { cleanup, render } from '@testing-library/react'
import { createElement } from 'react'
import { afterEach, expect, test } from 'vitest'
import { PreferencesProvider } from '../../../renderer/app/preferences.tsx'
import { ClientProvider } from '../../../renderer/client/context.tsx'
import type { Client } from '../../../renderer/client/door.ts'
import { KeptAnswers } from '../../../renderer/client/kept.ts'
import { DatabaseClockProvider } from '../../../renderer/client/now.tsx'
import { Age } from '../../../renderer/components/time.tsx'
import { TestClock } from '../../support/clock.ts'

afterEach(cleanup)

test('what began after the last tick of the ages is past, not to come', () => {
  const clock = new TestClock(new Date('2026-03-01T12:00:00Z'))
  const at = new Date('2026-03-01T12:00:08Z')
  // Nothing is asked: an age only wants the clock.
  const given = { client: {} as Client, kept: new KeptAnswers(), clock }
  const page = (ages: number) => {
    const preferring = { children: Array.from({ length: ages }, (_, key) => createElement(Age, { key, at })) }
    const clocked = { children: createElement(PreferencesProvider, preferring) }
    const connected = { ...given, children: createElement(DatabaseClockProvider, clocked) }
    return createElement(ClientProvider, connected)
  }
  const { container, rerender } = render(page(1))
  expect(container.textContent).toBe('in 8 s')
  clock.advance(10_000)
  rerender(page(2))
  expect([...container.querySelectorAll('time')].at(-1)?.textContent).toBe('2 s ago')
})
