import { Problem } from '../../shared/errors.ts'

const graphemeLimit = 120
/** Older tables hold at most this many code points; an emoji of a family alone is seven. */
const characterLimit = 200
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * A name as it is stored: NFC, without blanks around it.
 * @throws Problem `invalid_input` for an empty or too long one, and for control and bidi characters, with which one name can
 * be made to look like another (bad input 37).
 */
export function checkName(text: string, field = 'name'): string {
  const name = text.toWellFormed().normalize('NFC').trim()
  if (name === '') throw refused('The name is empty.', text, field, 'Give it a name.')
  if (/[\p{Cc}\p{Bidi_Control}\u{2028}\u{2029}\u{200B}\u{2060}\u{FEFF}]/u.test(name)) {
    const message = 'The name holds invisible characters: control, direction or zero-width ones.'
    throw refused(message, text, field, 'Type the name instead of pasting it.')
  }
  const length = [...segmenter.segment(name)].length
  if (length <= graphemeLimit && [...name].length <= characterLimit) return name
  const message = `The name is ${length} characters long; at most ${graphemeLimit} are allowed.`
  throw refused(message, `${name.slice(0, graphemeLimit)}…`, field, 'Shorten it.')
}

/** Whether a name that another program wrote would be taken from a person. */
export function isName(text: string): boolean {
  try {
    return checkName(text) === text
  } catch {
    return false
  }
}

function refused(message: string, value: string, field: string, fix: string): Problem {
  return new Problem('invalid_input', message, { field, value, fix })
}
