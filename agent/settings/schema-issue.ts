import type { z } from 'zod'
import { type Finding, formatValue, type Path } from './finding.ts'
import { closest, didYouMean } from './suggestion.ts'

type Issue = z.core.$ZodIssue

export type Checked<Output> =
  | { readonly ok: true; readonly value: Output }
  | { readonly ok: false; readonly findings: Finding[] }

/** Parses with a zod schema and says what is wrong in words: the path, the value as given and the fix. */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): Checked<z.output<Schema>> {
  const knownFields = new Map<string, string[]>()
  const result = schema.safeParse(value, {
    // zod keeps the schema that found an unknown key only for this callback, and we want to name what it knows.
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') knownFields.set(JSON.stringify(issue.path ?? []), fieldsOf(issue.inst))
      return undefined
    },
  })
  if (result.success) return { ok: true, value: result.data }
  const findings = result.error.issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
    const found = findingsOf(issue, path, valueAt(value, path), knownFields.get(JSON.stringify(issue.path)) ?? [])
    return found.map(withoutSecret)
  })
  return { ok: false, findings }
}

/** What holds secrets by name: `value_env`, the lists `env` and `secrets`, a channel's type. */
const namesSecrets = /(?:^|_)(?:env|secrets)$|^(?:slack|webhook|email)$/
/** Their entries: `credentials.api`. */
const holdsSecrets: ReadonlySet<unknown> = new Set(['credentials', 'connections', 'channels'])

/** Where the name of a secret belongs, people write the secret: it is not repeated, as nothing masks it yet. */
function withoutSecret(finding: Finding): Finding {
  const [parent, name] = ['', ...finding.path.filter((part) => typeof part === 'string')].slice(-2)
  if (!namesSecrets.test(name ?? '') && !holdsSecrets.has(parent)) return finding
  const { value: _secret, ...rest } = finding
  return { ...rest, message: finding.message.replace(/; got .*$/s, '') }
}

function fieldsOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null || !('_zod' in schema)) return []
  const { _zod: internals } = schema
  if (typeof internals !== 'object' || internals === null || !('def' in internals)) return []
  const { def } = internals
  if (typeof def !== 'object' || def === null || !('shape' in def)) return []
  return typeof def.shape === 'object' && def.shape !== null ? Object.keys(def.shape) : []
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    const entry: unknown = Reflect.get(value, part)
    value = entry
  }
  return value
}

function findingsOf(issue: Issue, path: Path, value: unknown, known: readonly string[]): Finding[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownField(path, key, known))
    case 'invalid_key':
      return [keyFinding(issue, path)]
    case 'invalid_union':
      return unionFindings(issue, path, value)
    case 'invalid_type':
      return [typeFinding(issue.expected, path, value)]
    case 'invalid_value':
      return [choiceFinding(issue.values.map(String), path, value)]
    case 'too_big':
      return [sizeFinding('at most', issue.maximum, issue.origin, path, value)]
    case 'too_small':
      return [sizeFinding('at least', issue.minimum, issue.origin, path, value)]
    case 'custom':
      return [customFinding(issue, path, value)]
    default:
      return [{ path, message: `${lowerFirst(issue.message)}; got ${formatValue(value)}`, value }]
  }
}

function unknownField(path: Path, key: string, known: readonly string[]): Finding {
  return { path: [...path, key], message: 'is not a known field', value: key, fix: didYouMean(key, known) }
}

function keyFinding(issue: z.core.$ZodIssueInvalidKey, path: Path): Finding {
  const reasons = issue.issues.map((inner) => lowerFirst(inner.message)).join(', ')
  return { path, message: `is not a name that can be used: it ${reasons}`, value: path.at(-1), fix: 'Rename it.' }
}

/** The branch that came furthest is what was meant; when none did, all are named. */
function unionFindings(issue: z.core.$ZodIssueInvalidUnion, path: Path, value: unknown): Finding[] {
  const deeper = issue.errors.find((branch) => branch.every((inner) => inner.path.length > 0))
  const inners = deeper ?? issue.errors.flat().filter((inner) => inner.path.length === 0)
  const findings = inners.flatMap((inner) => {
    const innerPath = inner.path.map((part) => (typeof part === 'number' ? part : String(part)))
    return findingsOf(inner, [...path, ...innerPath], valueAt(value, innerPath), [])
  })
  if (deeper !== undefined || findings.length < 2) return findings
  const ways = findings.map((finding) => finding.message.replace(/; got .*$/s, '').replace(/^must be /, ''))
  return [{ path, message: `must be ${[...new Set(ways)].join(' or ')}; got ${formatValue(value)}`, value }]
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'null',
}

function typeFinding(expected: string, path: Path, value: unknown): Finding {
  const words = typeWords[expected] ?? expected
  if (value === undefined) return { path, message: 'is missing', fix: `Add it; it must be ${words}.` }
  return { path, message: `must be ${words}; got ${formatValue(value)}`, value, ...quotingFix(expected, value) }
}

/** Bad input 23: nothing is converted, so the usual cause is a pair of quotes too many or too few. */
function quotingFix(expected: string, value: unknown): { fix?: string } {
  const wantsPlain = expected === 'boolean' || expected === 'number' || expected === 'int'
  if (wantsPlain && typeof value === 'string') return { fix: 'Write it without quotes.' }
  if (expected === 'string' && typeof value !== 'object') return { fix: 'Put it in quotes.' }
  return {}
}

function choiceFinding(choices: readonly string[], path: Path, value: unknown): Finding {
  if (value === undefined) return { path, message: 'is missing', fix: `Choose ${orList(choices)}.` }
  const near = typeof value === 'string' ? closest(value, choices) : null
  const fix = near === null ? `Choose ${orList(choices)}.` : `Did you mean "${near}"?`
  return { path, message: `must be ${orList(choices)}; got ${formatValue(value)}`, value, fix }
}

function orList(choices: readonly string[]): string {
  if (choices.length < 2) return choices.join('')
  return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`
}

function sizeFinding(
  comparison: 'at most' | 'at least',
  limit: number | bigint,
  origin: string,
  path: Path,
  value: unknown,
): Finding {
  const change = comparison === 'at most' ? 'or less' : 'or more'
  if (origin === 'string') {
    const message = `must be ${comparison} ${limit} characters long; got ${formatValue(value)}`
    return { path, message, value }
  }
  if (origin === 'array') return { path, message: `must have ${comparison} ${limit} entries`, value }
  return {
    path,
    message: `must be ${comparison} ${limit}; got ${formatValue(value)}`,
    value,
    fix: `Write ${limit} ${change}.`,
  }
}

function customFinding(issue: z.core.$ZodIssueCustom, path: Path, value: unknown): Finding {
  const fix: unknown = issue.params?.['fix']
  const said = lowerFirst(issue.message)
  const message = said.startsWith('must ') && !said.includes('; got ') ? `${said}; got ${formatValue(value)}` : said
  const finding = { path, message, value }
  return typeof fix === 'string' ? { ...finding, fix } : finding
}

function lowerFirst(message: string): string {
  return /^[A-Z][a-z]/.test(message) ? `${message.slice(0, 1).toLowerCase()}${message.slice(1)}` : message
}
