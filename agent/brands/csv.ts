import { Problem } from '../../shared/errors.ts'

export interface CsvLine {
  /** From 1, of its first line where a field has several. */
  readonly line: number
  readonly fields: readonly string[]
}

/**
 * RFC 4180, with or without a byte order mark, any line ends, a comma or a semicolon between fields; empty lines are left
 * out. @throws Problem `invalid_input` for quotes that never end.
 */
export function readCsv(text: string): CsvLine[] {
  const content = text.replace(/^\uFEFF/, '')
  const separator = separatorOf(content)
  const lines: CsvLine[] = []
  let fields: string[] = []
  let field = ''
  let isQuoted = false
  let line = 1
  let began = 1
  const endField = (): void => {
    fields.push(field)
    field = ''
  }
  const endLine = (): void => {
    endField()
    if (fields.some((one) => one.trim() !== '')) lines.push({ line: began, fields })
    fields = []
  }
  for (let at = 0; at < content.length; at += 1) {
    const character = content.charAt(at)
    if (character === '\n') line += 1
    if (isQuoted) {
      if (character !== '"') field += character
      else if (content.charAt(at + 1) === '"') {
        field += '"'
        at += 1
      } else isQuoted = false
    } else if (character === '"' && field === '') isQuoted = true
    else if (character === separator) endField()
    else if (character === '\n') {
      endLine()
      began = line
    } else if (character !== '\r') field += character
  }
  if (isQuoted) {
    throw new Problem('invalid_input', `The quotes that begin on line ${began} never end.`, {
      field: 'csv',
      value: field.slice(0, 60),
      fix: 'Close them, or write "" for quotes inside of quotes.',
    })
  }
  endLine()
  return lines
}

/** Spreadsheets of some countries write semicolons: whichever the header has more of. */
function separatorOf(content: string): string {
  const [header = ''] = content.split('\n', 1)
  return header.split(';').length > header.split(',').length ? ';' : ','
}
