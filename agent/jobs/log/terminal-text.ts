// Built from strings because an escape character inside a regex literal is invisible to a reader.
const escape = String.fromCharCode(0x1b)
const bell = String.fromCharCode(0x07)
const c1 = (from: number, to = from) => `${String.fromCharCode(from)}-${String.fromCharCode(to)}`
const stringEnd = `(?:${bell}|${escape}\\\\|[${c1(0x9c)}])`
const stringBody = `[^${bell}${escape}${c1(0x9c)}]*`

const colour = `${escape}\\[[0-9;:]{0,64}m`
const dropped = [
  `${escape}\\[[0-?]*[ -/]*[@-~]`, // cursor movement, clearing, modes
  `${escape}[\\]PX^_]${stringBody}${stringEnd}`, // titles, OSC 8 links (their text stays), device strings
  `[${c1(0x9b)}][0-?]*[ -/]*[@-~]`, // the same two in their one-character form
  `[${c1(0x90)}${c1(0x98)}${c1(0x9d, 0x9f)}]${stringBody}${stringEnd}`,
  `${escape}[ -/]*[0-~]`, // everything else that starts with an escape
  '(?!\\t)\\p{Cc}',
].join('|')

const obeyed = new RegExp(`(${colour})|${dropped}`, 'gu')
const colours = new RegExp(colour, 'gu')
const anyControl = /(?!\t)\p{Cc}/u
const anyControlButNewline = /(?![\t\n])\p{Cc}/u

/** Cleaned text, and where the position asked about ended up in it. */
export interface CleanedText {
  readonly text: string
  readonly position: number
}

/**
 * Keeps colours (SGR) and tabs; takes out every other thing a terminal would obey (bad input 35). NUL becomes U+FFFD (13),
 * lone surrogates too (14). `position` follows its character, so that a cut decided on the raw text stays where it was.
 */
export function cleanTerminalText(raw: string, position: number): CleanedText {
  const text = raw.toWellFormed().replaceAll('\u0000', '\uFFFD')
  if (!anyControl.test(text)) return { text, position: Math.min(position, text.length) }
  let removedBefore = 0
  const kept = text.replace(obeyed, (match: string, isColour: string | undefined, offset: number) => {
    if (isColour !== undefined) return match
    if (offset < position) removedBefore += Math.min(match.length, position - offset)
    return ''
  })
  return { text: kept, position: Math.min(position - removedBefore, kept.length) }
}

/** Like cleanTerminalText for a message of several lines: newlines stay. */
export function cleanMessage(raw: string): string {
  const text = raw.replaceAll('\r\n', '\n')
  if (!anyControlButNewline.test(text)) return text.toWellFormed()
  return text
    .split('\n')
    .map((line) => cleanTerminalText(line, line.length).text)
    .join('\n')
}

/** Text without colours, and for each of its characters (and its end) the place in the coloured text. */
export interface PlainText {
  readonly text: string
  place(index: number): number
}

export function withoutColours(text: string): PlainText {
  if (!text.includes(escape)) return { text, place: (index) => index }
  const places: number[] = []
  let end = 0
  let plain = ''
  for (const match of text.matchAll(colours)) {
    for (let place = end; place < match.index; place += 1) places.push(place)
    plain += text.slice(end, match.index)
    end = match.index + match[0].length
  }
  for (let place = end; place < text.length; place += 1) places.push(place)
  return { text: plain + text.slice(end), place: (index) => places[index] ?? text.length }
}
