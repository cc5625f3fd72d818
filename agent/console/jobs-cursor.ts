import { Buffer } from 'node:buffer'
import { z } from 'zod'
import { Problem } from '../../shared/errors.ts'
import { sqlState } from '../store/database.ts'
import type { JobPlace } from '../store/job-pages.ts'

/** The order is part of it: a place in one order says nothing about another. Blanks end the first three parts. */
const parts = /^(\w+) (\d) ([0-9a-f-]{36}) ([^]*)$/

export function jobCursor(order: string, { rank, id, at }: JobPlace): string {
  return Buffer.from(`${order} ${rank} ${id} ${at}`).toString('base64url')
}

/** @throws Problem `invalid_input` for what was not given out, or for another order (bad input 30). */
export function readJobCursor(order: string, cursor: string | null): JobPlace | null {
  if (cursor === null) return null
  const [, ofOrder, rank, id, at = ''] = parts.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  const place = z.object({ id: z.guid() }).safeParse({ id })
  if (!place.success || ofOrder !== order || at.includes('\0')) throw notACursor(cursor)
  return { rank: Number(rank), id: place.data.id, at }
}

/** What the database says to a time in a cursor that is none. */
export function cursorProblem(cursor: string | null, thrown: unknown): unknown {
  return cursor !== null && (sqlState(thrown)?.startsWith('22') ?? false) ? notACursor(cursor) : thrown
}

/** For what no list gave out. */
export function notACursor(cursor: string): Problem {
  return new Problem('invalid_input', 'The cursor is not one that this list gave out.', {
    field: 'cursor',
    value: cursor,
    fix: 'Start again without a cursor; keep the order while paging.',
  })
}
