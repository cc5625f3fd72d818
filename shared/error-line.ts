const lineLimit = 300

/** The first line of an error that says something, at most 300 characters: enough to recognise it. */
export function firstLine(error: string): string {
  const line =
    error
      .trim()
      .split(/[\r\n\u2028\u2029]/u, 1)[0]
      ?.trimEnd() ?? ''
  return line.length > lineLimit ? `${line.slice(0, lineLimit).toWellFormed()}…` : line
}
