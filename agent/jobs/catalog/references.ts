import type { JsonObject } from '../../../shared/domain.ts'
import type { Finding, Path } from '../../settings/finding.ts'
import { didYouMean } from '../../settings/suggestion.ts'

/** A name that is not in `known`, as a finding; nothing when it is. */
export function unknownName(path: Path, what: string, name: string, known: ReadonlyMap<string, unknown>): Finding[] {
  if (known.has(name)) return []
  const message = `names no ${what} there is; got "${name}"`
  return [{ path, message, value: name, fix: didYouMean(name, known.keys()) }]
}

/** The findings with their paths put below another one. */
export function below(path: Path, findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({ ...finding, path: [...path, ...finding.path] }))
}

/** The named parameters of a schema. */
export function propertiesOf(schema: JsonObject): ReadonlyMap<string, unknown> {
  const { properties } = schema
  return new Map(typeof properties === 'object' && properties !== null ? Object.entries(properties) : [])
}
