/** Where something secret is: from `start` up to, not including, `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** What a secret's name ends with, so that `token` is also `access_token`: of whatever parts, as `secret_key`, `secret.key`, `secret-key`, `secretKey`. */
const secretWord =
  '(?:token|secret(?:[_.-]?(?:access[_.-]?)?key)?|api[_.-]?key|private[_.-]?key|password|passwd|pwd|passphrase|signature|credential)'

/** The same for headers; `x-api-key` is above. */
const secretHeader = '(?:authorization|cookie)'

/** As programs write names and values; before it, what escapes it where JSON stands in JSON. */
const quote = String.raw`\\{0,3}["']`
const between = (sign: string) => String.raw`(?:${quote})?\s{0,3}${sign}\s{0,3}`
/** A backslash that is part of what is quoted, and does not escape its end. */
const backslash = String.raw`\\(?!\\{0,3}["'])`
/** In quotes all is the secret, and elsewhere what comes before a space or before what may separate it from more. */
const value = [
  String.raw`"(?<secret>(?:[^"\\\r\n]|\\.){5,16384})`,
  String.raw`'(?<secret>(?:[^'\\\r\n]|\\.){5,16384})`,
  String.raw`\\{1,3}"(?<secret>(?:[^"\\\r\n]|${backslash}){5,16384})`,
  String.raw`(?:${quote})?(?<secret>(?:[^\s"'&,;<>{}\\]|${backslash}){5,16384})`,
].join('|')

/**
 * What a secret looks like when nobody told us its value. Each has a group `secret`; the rest (the key's name) stays readable.
 * Every repetition is bounded, so that a hostile line costs no more than a long one.
 * Source of the shapes: Airflow's secrets masker and the vendors' own prefixes.
 */
const shapes: readonly RegExp[] = [
  new RegExp(`${secretWord}${between('[=:]')}(?:${value})`, 'gidu'),
  /\b(?:Bearer|Basic)\s{1,3}(?<secret>[A-Za-z0-9._~+/=-]{8,16384})/dgi,
  new RegExp(
    String.raw`\b(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key)${between('[:=]')}(?:${quote})?(?<secret>(?:[^\r\n"'\\]|${backslash}){5,16384})`,
    'gidu',
  ),
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/?#]{0,200}:(?<secret>[^\s@/?#]{1,1024})@/dgi,
  /\b(?<secret>(?:AKIA|ASIA)[A-Z0-9]{16})\b/dg,
  /\b(?<secret>gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255})/dg,
  /\b(?<secret>xox[abeoprs]-[A-Za-z0-9-]{10,255})/dg,
  /hooks\.slack\.com\/services\/(?<secret>[A-Za-z0-9/]{10,255})/dg,
  /\b(?<secret>AIza[0-9A-Za-z_-]{35})/dg,
  /\b(?<secret>[rs]k_(?:live|test)_[A-Za-z0-9]{10,255})/dg,
  /\b(?<secret>EAA[A-Za-z0-9]{30,1024})/dg,
  // Not after a dash: a row of them would be looked through again from each.
  /(?<![\w-])(?<secret>eyJ[A-Za-z0-9_-]{10,16384}\.[A-Za-z0-9_-]{0,16384}(?:\.[A-Za-z0-9_-]{0,16384})?)/dg,
]

/** Spans of everything in the text that has the shape of a secret. */
export function shapedSecrets(text: string): Span[] {
  // `matchAll` makes a copy of the expression each time, so it is left to lines in which there is something to find.
  const found = shapes.flatMap((shape) => (text.search(shape) < 0 ? [] : [...text.matchAll(shape)].map(spanOf)))
  return text.includes('PRIVATE KEY-----') ? [...found, ...privateKeys(text)] : found
}

/** The same, without where it is: much of what is asked about has none. */
export function hasShapedSecret(text: string): boolean {
  return shapes.some((shape) => text.search(shape) >= 0) || text.includes('PRIVATE KEY-----')
}

const namedValue = new RegExp(`(?:${secretWord}|${secretHeader})":["\\d[{-]`, 'i')

/** Whether in a text of JSON, without spaces between its parts, something that may be masked is a secret by its name. */
export function hasSecretName(json: string): boolean {
  return namedValue.test(json)
}

const secretName = new RegExp(`(?:${secretWord}|${secretHeader})$`, 'i')

/** Whether a value of this name is a secret by its name. */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}

const mostKeyCharacters = 16_384

/** Bodies of private keys, up to their end or that of the text. By hand, so that beginnings without an end cost no more than one look each. */
function privateKeys(text: string): Span[] {
  const spans: Span[] = []
  const begin = new RegExp(privateKeyStart, 'g')
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const start = begin.lastIndex
    const most = Math.min(start + mostKeyCharacters, text.length)
    const within = text.slice(start, most).indexOf('-----END')
    const end = within < 0 ? most : start + within
    if (end > start) spans.push({ start, end })
    begin.lastIndex = Math.max(end, start)
  }
  return spans
}

function spanOf(match: RegExpExecArray): Span {
  const [start, end] = match.indices?.groups?.['secret'] ?? [match.index, match.index + match[0].length]
  return { start, end }
}

const privateKeyStart = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/
const privateKeyEnd = /-----END [A-Z ]{0,40}PRIVATE KEY-----/
const longestPrivateKey = 200

/** Tells, line by line, which lines are the body of a private key; they have no shape of their own. */
export function createPrivateKeyTracker(): (line: string) => boolean {
  let remaining = 0
  return (line) => {
    const inside = remaining > 0
    if (inside) remaining -= 1
    if (!line.includes('-----')) return inside
    if (privateKeyEnd.test(line)) remaining = 0
    else if (privateKeyStart.test(line)) remaining = longestPrivateKey
    return false
  }
}
