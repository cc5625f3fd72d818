import { expect, test } from 'vitest'
import { decodeCell, encodeCell, noCell } from '../../../shared/cell-code.ts'
import { attemptStatuses, freshnessStates } from '../../../shared/domain.ts'

const all = freshnessStates.flatMap((freshness) =>
  attemptStatuses.flatMap((lastAttempt) => [true, false].map((suspicious) => ({ freshness, lastAttempt, suspicious }))),
)

test('every state of a cell has one character of its own, and comes back as it was', () => {
  const codes = all.map(({ freshness, lastAttempt, suspicious }) => encodeCell(freshness, lastAttempt, suspicious))
  expect(new Set(codes).size).toBe(40)
  expect(codes.map(decodeCell)).toEqual(all)
})

test('the characters need no escape in JSON, and none of them says that there is no cell', () => {
  const codes = all
    .map(({ freshness, lastAttempt, suspicious }) => encodeCell(freshness, lastAttempt, suspicious))
    .join('')
  expect(JSON.stringify(codes)).toHaveLength(codes.length + 2)
  expect(codes).not.toContain(noCell)
  expect(decodeCell(noCell)).toBeNull()
})

test('a character that a newer program added is no cell', () => {
  expect(decodeCell('€')).toBeNull()
  expect(decodeCell('')).toBeNull()
})
