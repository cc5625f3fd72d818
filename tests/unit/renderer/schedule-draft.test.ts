import { describe, expect, test } from 'vitest'
import { type Draft, identified, isSentAgain } from '../../../renderer/details/job/edit/draft.ts'
import { newValues } from '../../../renderer/details/job/edit/schedule-values.ts'

const values = newValues('brand', 'UTC')
const sent: Draft = {
  values,
  base: values,
  version: 0,
  requestId: 'first',
  unanswered: { values, requestId: 'first' },
}

describe('one request id for each intent', () => {
  test('what was not sent keeps its id, however often it is changed', () => {
    const draft = { ...sent, unanswered: null, values: { ...values, cron: '0 7 * * *' } }
    expect(identified(draft)).toBe(draft)
    expect(isSentAgain(draft)).toBe(false)
  })

  test('what was sent without an answer and is sent again as it was has the same id: it is made once', () => {
    expect(identified(sent).requestId).toBe('first')
    expect(isSentAgain(sent)).toBe(true)
  })

  test('changed after that it has another id, which stays with further changes', () => {
    const changed = identified({ ...sent, values: { ...values, cron: '0 7 * * *' } })
    expect(changed.requestId).not.toBe('first')
    expect(isSentAgain(changed)).toBe(false)
    const once = identified({ ...changed, values: { ...values, cron: '0 8 * * *' } })
    expect(once.requestId).toBe(changed.requestId)
  })

  test('changed back it is the first again', () => {
    const changed = identified({ ...sent, values: { ...values, cron: '0 7 * * *' } })
    expect(identified({ ...changed, values }).requestId).toBe('first')
  })
})
