/** Text of a log line made safe to show: colours as words, control characters visible, links only where a browser may go. */
import Anser from 'anser'

export type LogColour = 'gray' | 'red' | 'green' | 'yellow' | 'blue' | 'violet' | 'cyan'

export interface LogSegment {
  /** Position of its first character within the line. */
  readonly at: number
  readonly text: string
  /** Null = the colour of text. */
  readonly colour: LogColour | null
  /** Soft colour behind the text. */
  readonly background: LogColour | null
  readonly isBold: boolean
  readonly isDim: boolean
  readonly isItalic: boolean
  readonly isUnderlined: boolean
  readonly isStruck: boolean
  /** Only ever http or https. */
  readonly href: string | null
  /** Part of what is searched for. */
  readonly isFound: boolean
}

const escape = String.fromCharCode(27)
const bell = String.fromCharCode(7)
/** Commands that are not colours (CSI), titles and links (OSC), and other escapes of two characters. */
const otherSequences = new RegExp(
  `${escape}\\[[0-9;:?<=>]*[ -/]*[@-ln-~]|${escape}\\][^${bell}${escape}]*(?:${bell}|${escape}\\\\)?|${escape}[^\\[\\]]`,
  'g',
)
const colourSequences = new RegExp(`${escape}\\[[0-9;:]*m`, 'g')
const controls = /\p{Cc}/gu
const directions = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
const links = /https?:\/\/[^\s<>"'`\\^{}|]+/g

/** Without colours: what is searched, copied and saved. */
export function plainLogText(message: string): string {
  return visible(message.includes(escape) ? message.replace(otherSequences, '').replace(colourSequences, '') : message)
}

/** Control characters as their pictures, direction marks by number: nothing in a line may act on what is around it. */
function visible(text: string): string {
  return text
    .replace(controls, (character) => picture(character.charCodeAt(0)))
    .replace(directions, (character) => `‹U+${character.charCodeAt(0).toString(16).toUpperCase()}›`)
}

function picture(code: number): string {
  if (code === 0x09) return '\t'
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '␡' : `‹U+${code.toString(16).padStart(4, '0').toUpperCase()}›`
}

/** Pieces of one line, in order, each with one look. `search` (lower case) marks what it finds; empty = nothing. */
export function logSegments(message: string, search = ''): readonly LogSegment[] {
  const coloured = message.includes(escape) ? colouredPieces(message) : [{ ...plain, at: 0, text: visible(message) }]
  const whole = coloured.map(({ text }) => text).join('')
  const marks = [...linksIn(whole), ...foundIn(whole, search)]
  if (marks.length === 0) return coloured
  const cuts = [...new Set(marks.flatMap(({ from, to }) => [from, to]))].toSorted((a, b) => a - b)
  return coloured.flatMap((piece) => {
    const from = piece.at
    const until = from + piece.text.length
    const edges = [from, ...cuts.filter((cut) => cut > from && cut < until), until]
    return edges.slice(0, -1).map((start, index) => {
      const end = edges[index + 1] ?? until
      const over = marks.filter((mark) => mark.from <= start && mark.to >= end)
      return {
        ...piece,
        at: start,
        text: piece.text.slice(start - from, end - from),
        href: over.find(({ href }) => href !== null)?.href ?? null,
        isFound: over.some(({ href }) => href === null),
      }
    })
  })
}

interface Mark {
  readonly from: number
  readonly to: number
  readonly href: string | null
}

function linksIn(text: string): Mark[] {
  if (!text.includes('://')) return []
  return [...text.matchAll(links)].flatMap((match) => {
    const address = match[0].replace(/[.,;:!?)\]]+$/, '')
    return URL.canParse(address) ? [{ from: match.index, to: match.index + address.length, href: address }] : []
  })
}

function foundIn(text: string, search: string): Mark[] {
  if (search === '') return []
  const lower = text.toLowerCase()
  const marks: Mark[] = []
  // A line of 16 kB may hold the searched letter thousands of times; a few hundred are enough to see.
  for (
    let from = lower.indexOf(search);
    from >= 0 && marks.length < 300;
    from = lower.indexOf(search, from + search.length)
  ) {
    marks.push({ from, to: from + search.length, href: null })
  }
  return marks
}

const plain = {
  colour: null,
  background: null,
  isBold: false,
  isDim: false,
  isItalic: false,
  isUnderlined: false,
  isStruck: false,
  href: null,
  isFound: false,
} as const

function colouredPieces(message: string): LogSegment[] {
  const text = message.replace(otherSequences, '')
  let end = 0
  return Anser.ansiToJson(text, { json: true, use_classes: true, remove_empty: true }).map((entry) => {
    const isReversed = entry.decorations.includes('reverse')
    const [front, back] = isReversed ? [entry.bg, entry.fg] : [entry.fg, entry.bg]
    const shown = visible(entry.content)
    end += shown.length
    return {
      at: end - shown.length,
      text: shown,
      colour: colourOf(front, entry.fg_truecolor),
      background: colourOf(back, entry.bg_truecolor),
      isBold: entry.decorations.includes('bold'),
      isDim: entry.decorations.includes('dim'),
      isItalic: entry.decorations.includes('italic'),
      isUnderlined: entry.decorations.includes('underline'),
      isStruck: entry.decorations.includes('strikethrough'),
      href: null,
      isFound: false,
    }
  })
}

const named: Readonly<Record<string, LogColour | undefined>> = {
  red: 'red',
  green: 'green',
  yellow: 'yellow',
  blue: 'blue',
  magenta: 'violet',
  cyan: 'cyan',
}

/** The colour of ours that is closest, so that every line can be read in both themes; black and white are the text's own. */
function colourOf(name: string | null, rgb: string | null): LogColour | null {
  if (name === null || name === '') return null
  if (name === 'ansi-bright-black') return 'gray'
  const palette = /^ansi-palette-(\d+)$/.exec(name)?.[1]
  if (palette !== undefined) return hueOf(paletteRgb(Number(palette)))
  if (name === 'ansi-truecolor') return hueOf((rgb ?? '').split(',').map(Number))
  return named[name.replace('ansi-', '').replace('bright-', '')] ?? null
}

/** Of the 256 colours of xterm: 16 to 231 are a cube of 6 × 6 × 6, then come grays. */
function paletteRgb(index: number): readonly number[] {
  if (index < 16 || index > 231) return [128, 128, 128]
  const cube = index - 16
  return [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((level) => (level === 0 ? 0 : 55 + 40 * level))
}

function hueOf([red = 0, green = 0, blue = 0]: readonly number[]): LogColour | null {
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)]
  if (!(most - least > 40)) return null
  const middle = (most + least) / 2
  const strong = `${red > middle ? 'r' : ''}${green > middle ? 'g' : ''}${blue > middle ? 'b' : ''}`
  return strongest[strong] ?? null
}

const strongest: Readonly<Record<string, LogColour | undefined>> = {
  r: 'red',
  g: 'green',
  b: 'blue',
  rg: 'yellow',
  rb: 'violet',
  gb: 'cyan',
}
