// @vitest-environment happy-dom
import { notificationsStore } from '@mantine/notifications'
import { ORPCError } from '@orpc/client'
import { QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup, renderHook } from '@testing-library/react'
import { createElement, type ReactNode } from 'react'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Route } from 'wouter'
import { useSearchParameters } from '../../../renderer/app/places.ts'
import { ClientProvider } from '../../../renderer/client/context.tsx'
import type { Client } from '../../../renderer/client/door.ts'
import { KeptAnswers } from '../../../renderer/client/kept.ts'
import { createQueryClient } from '../../../renderer/client/queries.ts'
import { newValues } from '../../../renderer/details/job/edit/schedule-values.ts'
import { useSaveSchedule } from '../../../renderer/details/job/edit/use-save-schedule.ts'
import { useCancelRun, useRerun } from '../../../renderer/details/run/use-run-commands.ts'
import { TestClock } from '../../support/clock.ts'

const refused = new ORPCError('CONFLICT', { defined: true, status: 409, message: 'It has ended.', data: {} })

beforeEach(() => {
  window.history.replaceState(null, '', '/o/1/schedules')
  notificationsStore.setState({ notifications: [], queue: [], defaultPosition: 'bottom-left', limit: 4 })
})
afterEach(cleanup)

/** An agent that answers every command when the test says so. */
function setUp() {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => undefined)
  const call = () => promise
  // Only these calls of the contract are used.
  const jobs = { archive: call, act: call }
  const client = {
    jobs,
    runs: { cancel: call, rerun: call },
    schedules: { create: call, update: call },
  } as unknown as Client
  const cache = createQueryClient()
  cache.setDefaultOptions({ mutations: { gcTime: 0 } })
  const wrapper = ({ children }: { children: ReactNode }): ReactNode => {
    const page = createElement(Route, { path: '/o/:organizationId/:page' }, children)
    const connected = { client, kept: new KeptAnswers(), clock: new TestClock(new Date(0)), children: page }
    return createElement(QueryClientProvider, { client: cache }, createElement(ClientProvider, connected))
  }
  return {
    wrapper,
    refuse: () =>
      act(async () => {
        reject(refused)
        await promise.catch(() => undefined)
        await Promise.resolve()
      }),
  }
}

const told = (): number => notificationsStore.getState().notifications.length

describe('a command that is refused', () => {
  test.each([
    ['cancel', useCancelRun],
    ['rerun', useRerun],
  ] as const)(
    '%s: says so where it was given, and as a message when that has been closed meanwhile',
    async (_, use) => {
      for (const isClosed of [false, true]) {
        const { wrapper, refuse } = setUp()
        const { result, unmount } = renderHook(() => use('run', () => undefined, true), { wrapper })
        act(() => result.current.start())
        if (isClosed) unmount()
        await refuse()
        await expect.poll(told).toBe(isClosed ? 1 : 0)
      }
    },
  )

  test('a schedule that could not be saved is told of though its form is closed by then', async () => {
    const { wrapper, refuse } = setUp()
    const { result, unmount } = renderHook(
      () =>
        useSaveSchedule(
          () => undefined,
          () => undefined,
        ),
      { wrapper },
    )
    const values = newValues('brand', 'UTC')
    act(() => result.current.save(null, { values, base: values, version: 0, requestId: 'one', unanswered: null }))
    unmount()
    await refuse()
    await expect.poll(told).toBe(1)
  })
})

test('what comes back when another page is open changes nothing there, and leads nobody back', () => {
  const { result } = renderHook(() => useSearchParameters())
  const [, change] = result.current
  act(() => window.history.pushState(null, '', '/o/1/run-history?result=failed'))
  act(() => change({ open: 'job:1', edit: null }))
  expect(window.location.href).toMatch(/\/o\/1\/run-history\?result=failed$/)
  act(() => result.current[1]({ open: 'run:1' }))
  expect(window.location.search).toBe('?result=failed&open=run%3A1')
})
