import { Problem } from '../../shared/errors.ts'

const longestNote = 2_000

/** Null = none. @throws Problem `invalid_input` for one that is too long to be kept. */
export function noteOf(note: string | undefined): string | null {
  const text = note?.trim() ?? ''
  if (text.length <= longestNote) return text === '' ? null : text
  throw new Problem('invalid_input', `The note has ${text.length} characters; at most ${longestNote} are kept.`, {
    field: '--note',
    value: text,
    fix: 'Shorten it.',
  })
}
