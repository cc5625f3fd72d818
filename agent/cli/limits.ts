import { Problem } from '../../shared/errors.ts'

/** `--limit` as a number from 1 to 500: out of range is brought into it (bad input 30), what is not a number is refused. */
export function limitOf(text: string | undefined, usual: number): number {
  if (text === undefined) return usual
  if (!/^[+-]?\d{1,15}$/.test(text.trim())) {
    throw new Problem('invalid_input', `The limit "${text}" is not a whole number.`, {
      field: '--limit',
      value: text,
      fix: 'Give a number from 1 to 500.',
    })
  }
  return Math.min(Math.max(Number(text), 1), 500)
}

/** One of a list of words. Throws Problem `invalid_input` that lists them. */
export function oneOf<Word extends string>(words: readonly Word[], text: string, field: string): Word {
  const found = words.find((word) => word === text)
  if (found !== undefined) return found
  throw new Problem('invalid_input', `${field} "${text}" is not known.`, {
    field,
    value: text,
    fix: `Use one of ${words.join(', ')}.`,
  })
}
