/** What differs from one failure to the next of the same kind: quoted values, ids, addresses, numbers. */
const variable =
  /"[^"]*"|`[^`]*`|(?<!\w)'[^']*'(?!\w)|\bhttps?:\/\/\S+|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b|\d+(?:[.:-]\d+)*/gi

/** Shorter pieces are found in everything. */
const fewestCharacters = 8
const mostCharacters = 200

/**
 * What to search for to find the failures like this one: the longest piece of the first line that has nothing in it that differs from one
 * to the next; null when there is none that says enough.
 */
export function searchOfError(message: string): string | null {
  const line = message.split('\n').find((one) => one.trim() !== '') ?? ''
  const pieces = line.split(variable).map((piece) => piece.replaceAll(/^[\s:;,.()[\]=-]+|[\s:;,.()[\]=-]+$/g, ''))
  const longest = pieces.reduce((most, piece) => (piece.length > most.length ? piece : most), '')
  return longest.length < fewestCharacters ? null : longest.slice(0, mostCharacters).trim()
}
