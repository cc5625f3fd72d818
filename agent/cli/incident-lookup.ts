import { Problem } from '../../shared/errors.ts'
import type { Database } from '../store/database.ts'
import { findIncidents } from '../store/incident-lookup.ts'
import type { Incident } from '../store/incident-views.ts'
import { idPart } from './lookup.ts'

/** An incident by id, or by the beginning of its id; one that is open wins. Throws Problem `not_found` or `ambiguous`. */
export async function incidentNamed(database: Database, text: string): Promise<Incident> {
  const part = idPart(text.trim())
  const found = part === '' ? [] : await findIncidents(database, part)
  const open = found.filter(({ resolvedAt }) => resolvedAt === null)
  const [first, ...others] = open.length > 0 ? open : found
  if (first === undefined) {
    throw new Problem('not_found', `There is no incident "${text}".`, {
      field: 'incident',
      value: text,
      fix: 'List them: pm incidents. The first 4 characters of an id are enough while they are unambiguous.',
    })
  }
  if (others.length === 0) return first
  const listed = [first, ...others].map(({ id, summary }) => `${id}: ${summary}`).join('; ')
  throw new Problem('ambiguous', `"${text}" could be ${others.length + 1} incidents: ${listed}`, {
    field: 'incident',
    value: text,
    fix: 'Give more of the id.',
  })
}
