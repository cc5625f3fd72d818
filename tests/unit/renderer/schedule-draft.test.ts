import { describe, expect, test } from 'vitest'
import { type Draft, identified, isSentAgain } from '../../../renderer/details/job/edit/draft.ts'
import { createInput, faultsOf, newValues, updateInput } from '../../../renderer/details/job/edit/schedule-values.ts'

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

describe('the concurrency key in the form', () => {
  const job = { id: 'job', version: 3 }
  const keyed = { ...values, concurrencyKey: ' shop ' }

  test('is sent without the spaces around it; empty is the usual key, which a new schedule has anyway', () => {
    expect(createInput('organization', 'request', keyed)).toMatchObject({ concurrencyKey: 'shop' })
    expect(createInput('organization', 'request', values)).not.toHaveProperty('concurrencyKey')
    expect(updateInput(job, values, keyed)).toEqual({ jobId: 'job', version: 3, concurrencyKey: 'shop' })
    expect(updateInput(job, keyed, values)).toEqual({ jobId: 'job', version: 3, concurrencyKey: null })
  })

  test('has at most 200 characters', () => {
    expect(faultsOf({ ...values, concurrencyKey: 'k'.repeat(200) }, null)).not.toHaveProperty('concurrencyKey')
    expect(faultsOf({ ...values, concurrencyKey: 'k'.repeat(201) }, null)).toMatchObject({
      concurrencyKey: 'At most 200 characters; this has 201.',
    })
  })
})
