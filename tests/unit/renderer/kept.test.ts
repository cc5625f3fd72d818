// @vitest-environment happy-dom
import { ORPCError } from '@orpc/client'
import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { cleanup, render, renderHook } from '@testing-library/react'
import { createElement, type ReactNode } from 'react'
import { afterEach, expect, test } from 'vitest'
import { ClientProvider } from '../../../renderer/client/context.tsx'
import type { Client } from '../../../renderer/client/door.ts'
import { KeptAnswers } from '../../../renderer/client/kept.ts'
import { DatabaseClockProvider, useDatabaseClock, useFollowClock } from '../../../renderer/client/now.tsx'
import { Failure } from '../../../renderer/components/failure.tsx'
import { TestClock } from '../../support/clock.ts'

afterEach(cleanup)

const noon = new Date('2026-03-01T12:00:00Z')
const minutesFrom = (minutes: number): Date => new Date(noon.getTime() + minutes * 60_000)

function clockThatFollows(kept: KeptAnswers, machine = new TestClock(noon)) {
  const client = {} as Client
  const wrapper = ({ children }: { children: ReactNode }): ReactNode => {
    const clocked = { children }
    const connected = { client, kept, clock: machine, children: createElement(DatabaseClockProvider, clocked) }
    return createElement(ClientProvider, connected)
  }
  const hook = renderHook(
    ({ asOf }: { asOf: Date | undefined }) => {
      useFollowClock(asOf)
      return useDatabaseClock()
    },
    { wrapper, initialProps: { asOf: undefined as Date | undefined } },
  )
  return {
    answer: (asOf: Date): void => hook.rerender({ asOf }),
    tell: (asOf: Date): void => hook.result.current.follow(asOf),
    now: (): Date => hook.result.current.now(),
  }
}

test('O1: a kept answer does not set the clock back, not even the first one', () => {
  const kept = new KeptAnswers()
  const clock = clockThatFollows(kept)
  kept.note('session', minutesFrom(-90), { asOf: minutesFrom(-90) })
  clock.answer(minutesFrom(-90))
  expect(clock.now()).toEqual(noon)
  clock.answer(minutesFrom(3))
  expect(clock.now()).toEqual(minutesFrom(3))
})

test('an answer that is on screen again does not set the clock back; the agent, who says what time it is, does', () => {
  const clock = clockThatFollows(new KeptAnswers())
  clock.answer(minutesFrom(10))
  clock.answer(minutesFrom(4))
  expect(clock.now()).toEqual(minutesFrom(10))
  clock.tell(minutesFrom(2))
  expect(clock.now()).toEqual(minutesFrom(2))
  clock.answer(minutesFrom(3))
  expect(clock.now()).toEqual(minutesFrom(3))
})

test('O1: what is on screen is as old as its oldest kept answer, until it is answered freshly', () => {
  const cache = new QueryClient()
  const kept = new KeptAnswers()
  const show = (name: string): (() => void) =>
    new QueryObserver(cache, { queryKey: [name], initialData: 1, staleTime: Number.POSITIVE_INFINITY }).subscribe(
      () => undefined,
    )
  const hide = ['jobs', 'runs'].map(show)
  const oldest = (): Date | null => kept.oldestOnScreen(cache.getQueryCache())
  let told = 0
  kept.subscribe(() => (told += 1))

  kept.note('["jobs"]', null, {})
  expect([oldest(), told]).toEqual([null, 0])
  kept.note('["jobs"]', minutesFrom(-5), {})
  kept.note('["runs"]', minutesFrom(-7), {})
  kept.note('["datasets"]', minutesFrom(-99), {})
  expect([oldest(), told]).toEqual([minutesFrom(-7), 3])
  kept.note('["runs"]', null, {})
  expect(oldest()).toEqual(minutesFrom(-5))
  kept.note('["jobs"]', null, {})
  expect([oldest(), kept.has('["jobs"]'), kept.has('["datasets"]')]).toEqual([null, false, true])
  for (const one of hide) one()
  cache.clear()
})

test('O1: what nobody has looked at before is not known without the database, which is no second alarm', () => {
  const message = 'Nothing answers at db:5432. Next try in 14 s.'
  const error = new ORPCError('DATABASE_UNREACHABLE', { defined: true, status: 503, message })
  const { container, queryByRole } = render(createElement(Failure, { error }))
  expect(container.textContent).toContain('Not known without the database.')
  expect(container.textContent).not.toContain('14 s')
  expect(queryByRole('alert')).toBeNull()
})
