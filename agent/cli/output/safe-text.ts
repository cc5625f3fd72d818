import { cleanMessage, cleanTerminalText, withoutColours } from '../../jobs/log/terminal-text.ts'

/*
 * Everything that comes from the database is untrusted text (bad inputs 35 to 37): names, errors, logs. What a terminal
 * would obey is taken out; what would turn the reading direction or hide between letters is shown by its number.
 */

// Built from numbers because these characters are invisible to a reader.
const range = (from: number, to: number): string => `${String.fromCharCode(from)}-${String.fromCharCode(to)}`
const hidden = new RegExp(
  `[${[0x061c, 0x200b, 0x2060, 0xfeff].map((code) => String.fromCharCode(code)).join('')}` +
    `${range(0x200e, 0x200f)}${range(0x2028, 0x202e)}${range(0x2066, 0x2069)}]`,
  'gu',
)

/** One line without anything a terminal obeys; tabs and line breaks become blanks. */
export function safeText(text: string): string {
  const line = text.replaceAll(/[\t\r\n]+/g, ' ')
  return showHidden(withoutColours(cleanTerminalText(line, 0).text).text)
}

/** Like safeText, but line breaks stay. */
export function safeLines(text: string): string {
  return showHidden(withoutColours(cleanMessage(text)).text)
}

/** A log message for a terminal: colours stay, and end with the message. */
export function coloredLines(text: string): string {
  const cleaned = showHidden(cleanMessage(text))
  const escape = String.fromCharCode(0x1b)
  return cleaned.includes(escape) ? `${cleaned}${escape}[0m` : cleaned
}

function showHidden(text: string): string {
  return text.replace(hidden, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`
  })
}

/** A word for a command line that a person may copy: quoted when the shell would read it as anything else (bad input 36). */
export function shellWord(text: string): string {
  const word = safeText(text)
  return /^[\w@%+=:,./-]+$/.test(word) && !word.startsWith('-') ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
