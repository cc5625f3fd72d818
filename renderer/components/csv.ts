/** One line of CSV (RFC 4180). A field that a spreadsheet would take for a formula gets an apostrophe in front. */
export function csvRow(fields: readonly string[]): string {
  return `${fields.map(field).join(',')}\r\n`
}

/** Lines of CSV as a file. It begins with a byte order mark: without one Excel takes it for a file of its own code page. */
export function csvFile(lines: readonly string[]): Blob {
  return new Blob(['\uFEFF', ...lines], { type: 'text/csv;charset=utf-8' })
}

function field(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
