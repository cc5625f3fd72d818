import { expect, test } from 'vitest'
import { counted } from '../../../renderer/components/counts.ts'
import { leftOf, type Outcome, outcomeInWords } from '../../../renderer/components/outcome-words.ts'

const job = (number: number, result: Outcome['result'], message = 'Job is paused.'): Outcome => ({
  id: `${number}`,
  name: `Job ${number} for Acme`,
  subject: `Job ${number}`,
  result,
  message,
})
const told = (all: readonly Outcome[]) => outcomeInWords(all, (count) => counted(count, 'job'), 'paused')
const changed = (number: number, version: number): Outcome =>
  job(number, 'refused', `Job ${number} was changed by somebody else (version ${version}, you saw 1).`)

test('one answers in its own words', () => {
  expect(told([changed(1, 2)])).toEqual({
    message: 'Job 1 was changed by somebody else (version 2, you saw 1).',
    reasons: [],
  })
})

test('many are counted; what was done to all needs no reason', () => {
  expect(told([job(1, 'done'), job(2, 'done')])).toEqual({ message: '2 of 2 jobs paused.', reasons: [] })
})

test('each kind of refusal is told once, the most frequent first, with whom it is about', () => {
  const nobody = (number: number): Outcome => job(number, 'refused', 'No agent can run load_orders.')
  const { message, reasons } = told([job(1, 'done'), changed(2, 7), nobody(3), nobody(4), nobody(5), nobody(6)])
  expect(message).toBe('1 of 6 jobs paused; 5 not.')
  expect(reasons).toEqual([
    'Job 3 for Acme, Job 4 for Acme, Job 5 for Acme and 1 more: No agent can run load_orders.',
    'Job 2 for Acme: It was changed by somebody else (version 7, you saw 1).',
  ])
})

test('what differs only by names, numbers and ids is one kind', () => {
  expect(told([changed(2, 7), changed(3, 9)]).reasons).toEqual([
    'Job 2 for Acme and Job 3 for Acme: It was changed by somebody else (version …, you saw …).',
  ])
})

test('many kinds are told in part, with how many are left', () => {
  const kinds = ['a', 'b', 'c', 'd', 'e', 'f'].map((reason, index) => job(index, 'refused', reason))
  expect(told(kinds).reasons).toHaveLength(5)
  expect(told(kinds).reasons.at(-1)).toBe('2 more for other reasons.')
})

test('what was refused stays, and what was not sent; what was so already does not', () => {
  const sent = [1, 2, 3, 4].map((number) => job(number, 'done'))
  expect(leftOf(sent, [job(1, 'done'), job(2, 'same'), changed(3, 2)])).toEqual(['3', '4'])
})
