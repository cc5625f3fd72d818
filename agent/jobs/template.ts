import type { JsonObject, JsonValue } from '../../shared/domain.ts'
import { type StepContext, StepFailure } from './executors/executor.ts'

/** What a template may name: `parameters.…`, `run.id`, `run.first_id`, `run.job_type`, `run.brand_id`, `run.attempt`, `step.key`. */
export type TemplateScope = Readonly<JsonObject>

const template = /\{\{([^{}]*)\}\}/g
const wholeTemplate = /^\s*\{\{([^{}]*)\}\}\s*$/
const dottedPath = /^[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$/

export function templateScope(context: Pick<StepContext, 'identity' | 'parameters'>): TemplateScope {
  const { runId, firstRunId, jobType, brandId, attempt, stepKey } = context.identity
  return {
    parameters: context.parameters,
    run: { id: runId, first_id: firstRunId, job_type: jobType, brand_id: brandId, attempt },
    step: { key: stepKey },
  }
}

/** Paths named by the templates of a text, in order, as written; for the catalog's checks. Malformed ones are included. */
export function templatePaths(text: string): string[] {
  return [...text.matchAll(template)].map((match) => (match[1] ?? '').trim())
}

/** True for a path that can lead somewhere: `parameters.days_back`. */
export function isTemplatePath(path: string): boolean {
  return dottedPath.test(path)
}

/**
 * Replaces each `{{ path }}`: text as it is, numbers and booleans as written in JSON, null as nothing, arrays and objects as
 * JSON. `encode` is applied to the values only. Only dotted paths exist: no filters, no expressions.
 * @throws StepFailure `configuration` for an unknown path.
 */
export function renderTemplate(
  text: string,
  scope: TemplateScope,
  encode: (value: string) => string = (value) => value,
): string {
  return text.replace(template, (_match, path: string) => encode(asText(lookUp(path, scope))))
}

/** Like renderTemplate for every string inside a JSON value; a string that is one whole template keeps its value's type. */
export function renderJson(value: JsonValue, scope: TemplateScope): JsonValue {
  if (typeof value === 'string') {
    const whole = wholeTemplate.exec(value)
    return whole ? lookUp(whole[1] ?? '', scope) : renderTemplate(value, scope)
  }
  if (Array.isArray(value)) return value.map((item) => renderJson(item, scope))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renderJson(item, scope)]))
}

/**
 * The value behind a dotted path; array items by number.
 * @throws StepFailure `configuration` when the path is malformed or leads nowhere.
 */
export function lookUp(path: string, scope: TemplateScope): JsonValue {
  const name = path.trim()
  if (!dottedPath.test(name)) {
    throw new StepFailure('configuration', `"{{${path}}}" is not a path like {{ parameters.days_back }}`)
  }
  let current: JsonValue = scope
  for (const part of name.split('.')) {
    const next = memberOf(current, part)
    if (next === undefined) {
      throw new StepFailure('configuration', `"{{ ${name} }}" names nothing: there is no "${part}" in this run`)
    }
    current = next
  }
  return current
}

function memberOf(value: JsonValue, part: string): JsonValue | undefined {
  if (Array.isArray(value)) return /^\d{1,9}$/.test(part) ? value[Number(part)] : undefined
  return value !== null && typeof value === 'object' && Object.hasOwn(value, part) ? value[part] : undefined
}

function asText(value: JsonValue): string {
  if (value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** SQL with its templates turned into bind parameters. */
export interface BoundStatement {
  readonly text: string
  readonly values: readonly (string | null)[]
}

// What a template may hide in. Escape strings first: in them a backslash guards a quote.
const sqlToken =
  /\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?<tag>[A-Za-z_]\w*)?\$[\s\S]*?\$\k<tag>\$|--[^\n]*|\/\*[\s\S]*?\*\/|\{\{[^{}]*\}\}|\$\d+/g

/**
 * Turns each `{{ path }}` into a bind parameter `$n`; text is never pasted into SQL. Arrays and objects are bound as JSON text.
 * @throws StepFailure `configuration` for a template inside quotes, where a parameter would be plain text, for an unknown path,
 * and for `$1` written by hand beside templates.
 */
export function bindTemplates(sql: string, scope: TemplateScope): BoundStatement {
  return bindValues(sql, (path) => lookUp(path, scope))
}

/**
 * Paths of the templates that would be bound, each once; not those in comments. For the catalog's checks.
 * @throws as bindTemplates, except for unknown paths.
 */
export function boundPaths(sql: string): string[] {
  const paths: string[] = []
  bindValues(sql, (path) => {
    paths.push(path)
    return null
  })
  return paths
}

function bindValues(sql: string, valueOf: (path: string) => JsonValue): BoundStatement {
  const values: (string | null)[] = []
  const numbers = new Map<string, number>()
  const hasTemplates = templatePaths(sql).length > 0
  const text = sql.replace(sqlToken, (token) => {
    if (token.startsWith('--') || token.startsWith('/*')) return token
    if (!token.startsWith('{{')) return refuseHidden(token, hasTemplates)
    const path = token.slice(2, -2).trim()
    let number = numbers.get(path)
    if (number === undefined) {
      const value = valueOf(path)
      number = values.push(value === null ? null : asText(value))
      numbers.set(path, number)
    }
    return `$${number}`
  })
  return { text, values }
}

function refuseHidden(token: string, hasTemplates: boolean): string {
  if (/^\$\d/.test(token)) {
    if (hasTemplates) throw new StepFailure('configuration', `use {{ … }} instead of ${token} in this SQL`)
    return token
  }
  if (templatePaths(token).length > 0) {
    throw new StepFailure('configuration', `remove the quotes around ${token}: a template in SQL is a bound value`)
  }
  return token
}
