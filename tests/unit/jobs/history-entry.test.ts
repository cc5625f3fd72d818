import { expect, test } from 'vitest'
import { historyEntry } from '../../../agent/jobs/history-entry.ts'
import type { JsonObject } from '../../../shared/domain.ts'

const entry = (before: JsonObject | null, after: JsonObject) =>
  historyEntry({
    id: '1',
    happenedAt: new Date(0),
    operator: 'ada',
    door: 'console',
    organizationId: null,
    subjectType: 'job',
    subjectId: 'a',
    action: 'job.schedule',
    before: before === null ? null : { name: 'Load', ...before },
    after: { name: 'Load', ...after },
  })
const tooLarge = (letter: string): JsonObject => ({ parameters: { list: letter.repeat(300_000) } })

test('parameters that cannot be shown are said to be so; none of the others looks taken away', () => {
  const hidden = entry({ parameters: { x: 1 } }, tooLarge('a'))
  expect(hidden.sentence).toBe('changed the parameters from {"x":1} to some that cannot be shown')
  expect(hidden.after).toEqual({ name: 'Load' })
  expect(entry(tooLarge('a'), { parameters: { x: 1 } }).changes).toEqual([
    { field: 'parameters', name: 'parameters', from: 'some that cannot be shown', to: '{"x":1}' },
  ])
  expect(entry(tooLarge('a'), tooLarge('b')).changes).toMatchObject([{ to: 'others that cannot be shown' }])
  expect(entry({ ...tooLarge('a'), name: 'Old' }, tooLarge('a')).changes).toMatchObject([{ field: 'name' }])
  expect(entry({ parameters: { x: 1 } }, { parameters: { x: 2 } }).sentence).toBe('changed the parameter x from 1 to 2')
})
