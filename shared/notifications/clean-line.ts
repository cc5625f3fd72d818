/** Controls of terminals, lines and reading direction: in a message they could make a text look like another one (bad inputs 35, 37). */
const invisible = /[\p{Cc}\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]+/gu

/** Untrusted text as one line of at most `limit` characters, well-formed, without anything invisible; a cut is marked. */
export function cleanLine(text: string, limit: number): string {
  // Longer texts are cut first, so that a huge one costs no more than a long one.
  const line = text
    .slice(0, 4 * limit)
    .toWellFormed()
    .replaceAll(invisible, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim()
  return line.length > limit || text.length > 4 * limit
    ? `${line
        .slice(0, limit - 1)
        .toWellFormed()
        .trimEnd()}…`
    : line
}
