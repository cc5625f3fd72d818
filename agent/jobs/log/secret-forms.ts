/** Shorter values are too common as parts of words to be masked by value. */
export const shortestSecret = 5
const shortestEncodedPart = 8

/**
 * The spellings in which a secret turns up in output: itself, its lines, JSON- and URL-escaped, base64 (also inside a longer
 * base64 text, at any of the three alignments), hex, and the password of a URL. A value of a header that begins with a scheme
 * (`Bearer …`) is two secrets: whoever refuses it names what follows alone.
 * Source of the list: the encoders of GitHub's Actions runner (`ValueEncoders.cs`).
 */
export function secretForms(value: string): string[] {
  return [...new Set([value, ...credentialsIn(value.trim())].flatMap(formsOf))]
}

function formsOf(value: string): string[] {
  const bare = value.trim()
  const candidates = [value, bare, ...bare.split(/[\r\n]+/).map((line) => line.trim()), ...passwordOf(bare)]
  const plain = candidates.filter((candidate) => candidate.length >= shortestSecret)
  if (bare.length >= shortestSecret) plain.push(...escapedForms(bare), ...binaryForms(bare))
  return plain
}

const schemed = /^(Bearer|Basic|Token|Bot|Key|ApiKey|Api-Key|GenieKey|SSWS)\s+(\S.*)$/is

/** What follows the scheme of an Authorization header; of Basic also user and password as they are, and the password. */
function credentialsIn(header: string): string[] {
  const [, scheme = '', credentials] = schemed.exec(header) ?? []
  if (credentials === undefined) return []
  if (scheme.toLowerCase() !== 'basic') return [credentials]
  const decoded = Buffer.from(credentials, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  return colon === -1 ? [credentials] : [credentials, decoded, decoded.slice(colon + 1)]
}

function escapedForms(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1)
  const uri = encodeURIComponent(value.toWellFormed())
  const lowerUri = uri.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
  return [json, JSON.stringify(json).slice(1, -1), uri, lowerUri, uri.replaceAll('%20', '+')]
}

function binaryForms(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8')
  const hex = bytes.toString('hex')
  const base64 = [0, 1, 2].map((shift) => alignedBase64(bytes, shift))
  const urlSafe = base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))
  const whole = [bytes.toString('base64'), bytes.toString('base64url')]
  return [...whole, ...base64, ...urlSafe, hex, hex.toUpperCase()].filter((form) => form.length >= shortestEncodedPart)
}

/** The characters of a longer base64 text that depend on nothing but these bytes, when `shift` bytes precede them. */
function alignedBase64(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replaceAll('=', '')
  const sharedAtStart = [0, 2, 3][shift] ?? 0
  const sharedAtEnd = (bytes.length + shift) % 3 === 0 ? 0 : 1
  return text.slice(sharedAtStart, text.length - sharedAtEnd)
}

function passwordOf(value: string): string[] {
  if (!URL.canParse(value)) return []
  const { password } = new URL(value)
  if (password === '') return []
  try {
    return [password, decodeURIComponent(password)]
  } catch {
    return [password]
  }
}
