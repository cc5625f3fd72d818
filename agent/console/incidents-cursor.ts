import { Buffer } from 'node:buffer'
import { z } from 'zod'
import { Problem } from '../../shared/errors.ts'
import { sqlState } from '../store/database.ts'
import type { IncidentPosition } from '../store/incident-views.ts'

export function incidentCursor({ openedAt, id }: IncidentPosition): string {
  return Buffer.from(`${id} ${openedAt}`).toString('base64url')
}

/** @throws Problem `invalid_input` for what was not given out (bad input 30). */
export function readIncidentCursor(cursor: string | null): IncidentPosition | null {
  if (cursor === null) return null
  const [, id, openedAt = ''] = /^(\S{36}) ([\d :.+-]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  const place = z.guid().safeParse(id)
  if (!place.success) throw notACursor(cursor)
  return { id: place.data, openedAt }
}

/** What the database says to a time in a cursor that is none. */
export function cursorProblem(cursor: string | null, thrown: unknown): unknown {
  return cursor !== null && (sqlState(thrown)?.startsWith('22') ?? false) ? notACursor(cursor) : thrown
}

function notACursor(cursor: string): Problem {
  return new Problem('invalid_input', 'The cursor is not one that this list gave out.', {
    field: 'cursor',
    value: cursor,
    fix: 'Start again without a cursor.',
  })
}
