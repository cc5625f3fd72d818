import { expect, test } from 'vitest'
import { z } from 'zod'
import { readSigned, sign } from '../../../agent/server/signed-text.ts'

const key = new Uint8Array(32).fill(7)
const schema = z.object({ name: z.string() })

test('what was signed is read again, with the same key, for the same purpose', () => {
  const text = sign(key, 'code', { name: 'ada' })
  expect(readSigned(key, 'code', text, schema)).toEqual({ name: 'ada' })
  expect(readSigned(key, 'session', text, schema)).toBeNull()
  expect(readSigned(new Uint8Array(32), 'code', text, schema)).toBeNull()
})

test('what was signed in another shape is not read', () => {
  expect(readSigned(key, 'code', sign(key, 'code', { title: 'ada' }), schema)).toBeNull()
})
