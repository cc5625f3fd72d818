import { cleanText } from '../../../shared/errors.ts'

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00A0',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  middot: '·',
  copy: '©',
  reg: '®',
  trade: '™',
}

/** The title of a page, one line of at most 300 characters; null when it has none. `contentType` may name its charset. */
export function htmlTitle(start: Uint8Array, contentType: string): string | null {
  const html = decoded(start, contentType)
  const [, title] = /<title(?:\s[^>]*)?>([^<]*)/i.exec(html) ?? []
  const text = title?.replaceAll(
    /&(#x?[0-9a-f]{1,6}|[a-z]{2,8});/gi,
    (whole, name: string) => characterOf(name) ?? whole,
  )
  const line = text?.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim() ?? ''
  return line === '' ? null : cleanText(line.slice(0, 300), 300)
}

function decoded(start: Uint8Array, contentType: string): string {
  const latin = new TextDecoder('latin1').decode(start.subarray(0, 1_024))
  const label = /charset\s*=\s*["']?([\w-]+)/i
  const charset = label.exec(contentType)?.[1] ?? label.exec(latin)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(charset).decode(start)
  } catch {
    return new TextDecoder().decode(start)
  }
}

function characterOf(name: string): string | null {
  if (!name.startsWith('#')) return entities[name.toLowerCase()] ?? null
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10)
  return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : null
}
