import { notificationsStore } from '@mantine/notifications'
import { ORPCError } from '@orpc/client'
import { beforeEach, expect, test } from 'vitest'
import { notifyDone, notifyFailure, notifyUndoable } from '../../../renderer/components/notify.ts'

const refused = (why: string): Error =>
  new ORPCError('CONFLICT', { defined: true, status: 409, message: why, data: {} })

beforeEach(() => {
  notificationsStore.setState({ notifications: [], queue: [], defaultPosition: 'bottom-left', limit: 4 })
})

test('what can be taken back is shown though as many failures wait to be read as there is room for', () => {
  for (const why of ['One.', 'Two.', 'Three.', 'Four.']) notifyFailure(refused(why))
  notifyUndoable('Paused Nightly orders.', { label: 'Undo: resume it', run: () => undefined })
  notifyDone('Nightly orders is saved.')
  const { notifications, queue } = notificationsStore.getState()
  expect(notifications.map(({ color }) => color)).toEqual([undefined, undefined, 'red', 'red'])
  expect(queue).toHaveLength(2)
})

test('the same failure once more takes no more room', () => {
  for (let count = 0; count < 5; count += 1) notifyFailure(refused('One.'))
  notifyFailure(refused('Two.'))
  expect(notificationsStore.getState().notifications).toHaveLength(2)
})
