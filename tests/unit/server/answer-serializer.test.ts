import { StandardRPCJsonSerializer } from '@orpc/client/standard'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { AnswerSerializer } from '../../../agent/server/answer-serializer.ts'

/** As it goes over the wire. */
function written(serializer: StandardRPCJsonSerializer, data: unknown): unknown {
  const [json, meta] = serializer.serialize(data)
  return JSON.parse(JSON.stringify({ json, meta }))
}

const ours = new AnswerSerializer()
const theirs = new StandardRPCJsonSerializer()

const unusual = fc.constantFrom<unknown>(
  undefined,
  Number.NaN,
  12n,
  new Date(Number.NaN),
  new Set([new Date(7), 1]),
  new Map([['at', new Date(8)]]),
  new URL('https://example.com/a'),
  /a/g,
  { toJSON: 'of another program' },
  { __proto__: null, at: new Date(9) },
)

test('an answer is written as by the serializer of oRPC, whatever it is made of', () => {
  // Theirs loses a field of this name, which sets the prototype of the copy.
  const key = fc.string().filter((name) => name !== '__proto__')
  const any = fc.anything({
    key,
    withDate: true,
    withNullPrototype: true,
    values: [unusual, fc.string(), fc.integer()],
  })
  fc.assert(
    fc.property(any, (data) => {
      expect(written(ours, data)).toEqual(written(theirs, data))
    }),
  )
  for (const [value] of fc.sample(fc.tuple(unusual), 100)) {
    const data = { rows: [{ value, at: new Date(5) }, [value, new Date(6)]] }
    expect(written(ours, data)).toEqual(written(theirs, data))
  }
})

test('a plain answer is not copied, and dates are read as dates again', () => {
  const answer = { asOf: new Date(1), jobs: [{ nextRunAt: new Date(2), name: 'a', last: null }, { nextRunAt: null }] }
  const [json] = ours.serialize(answer)
  expect(json).toBe(answer)
  const sent = z.object({ json: z.unknown(), meta: z.array(z.any()) }).parse(written(ours, answer))
  expect(ours.deserialize(sent.json, sent.meta)).toEqual(answer)
})
