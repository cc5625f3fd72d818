import { Buffer } from 'node:buffer'
import { z } from 'zod'
import type { IncidentPosition } from '../store/incident-views.ts'
import { notACursor } from './jobs-cursor.ts'

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
