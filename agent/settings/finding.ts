import { Problem, type ProblemCode, type ProblemDetail } from '../../shared/errors.ts'

export type Path = readonly (string | number)[]

/** One thing that is wrong in what a person wrote. */
export interface Finding {
  /** Where, from the root of what was read. */
  readonly path: Path
  /** Continues the path as a sentence without its full stop: "must be at most 90; got 900". */
  readonly message: string
  readonly value?: unknown
  /** A whole sentence: what to do. */
  readonly fix?: string
}

const shownFindings = 20

/**
 * All findings as one Problem, so that a person corrects them in one go; the message lists up to 20.
 * @param place text put before each line, for example `pipeline-manager.yaml:3:5`.
 */
export function problemOf(
  code: ProblemCode,
  findings: readonly Finding[],
  place: (finding: Finding) => string = () => '',
): Problem {
  const lines = findings.slice(0, shownFindings).map((finding) => place(finding) + sentence(finding))
  const hidden = findings.length - lines.length
  if (hidden > 0) lines.push(`… and ${hidden} more`)
  const [first] = findings
  const detail: ProblemDetail = {}
  if (first !== undefined) {
    detail.field = formatPath(first.path)
    detail.value = first.value
    if (first.fix !== undefined) detail.fix = first.fix
  }
  return new Problem(code, lines.join('\n'), detail)
}

function sentence(finding: Finding): string {
  const path = formatPath(finding.path)
  return `${path === '' ? '' : `${path} `}${finding.message}.${finding.fix === undefined ? '' : ` ${finding.fix}`}`
}

/** `job_types.load_orders.steps.0.run`; keys that are not plain names are quoted. */
export function formatPath(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' || /^[\w$-]{1,80}$/.test(part) ? String(part) : formatValue(part)))
    .join('.')
}

const shownCharacters = 80
const passwordInUrl = /([a-z][a-z0-9+.-]*:\/\/)[^\s"]*@/gi

/** A value as a person would recognise it, on one line of at most 80 characters, without passwords of URLs. Never throws. */
export function formatValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  const text = jsonOf(value).replaceAll(passwordInUrl, '$1***@')
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(typeof value === 'string' ? value.slice(0, 2 * shownCharacters) : value) ?? typeof value
  } catch {
    return Object.prototype.toString.call(value)
  }
}
