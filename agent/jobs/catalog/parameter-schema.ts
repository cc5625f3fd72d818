import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { JsonObject } from '../../../shared/domain.ts'
import { describeError } from '../../../shared/errors.ts'
import { type Finding, formatPath, formatValue, type Path } from '../../settings/finding.ts'
import { didYouMean } from '../../settings/suggestion.ts'

/** The schema of a job type that says nothing about parameters: it takes none. */
export const noParameters: JsonObject = { type: 'object', properties: {}, additionalProperties: false }

// Nothing is converted (bad input 23), unknown keywords are errors, and `data_`-style references are off by default.
const ajv = new Ajv({
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  allErrors: true,
  useDefaults: true,
  verbose: true,
})
formats.default(ajv)

const compiled = new WeakMap<JsonObject, ValidateFunction>()

/** The validator of a schema, compiled once. Throws what Ajv throws for a schema that is not valid. */
export function validatorOf(schema: JsonObject): ValidateFunction {
  const known = compiled.get(schema)
  if (known !== undefined) return known
  const validator = ajv.compile(schema)
  compiled.set(schema, validator)
  return validator
}

/**
 * Parameters are closed unless their schema says otherwise, so that a misspelt one is refused and not ignored (bad input 22).
 * This is the one place where we are stricter than JSON Schema.
 */
export function closed(schema: JsonObject): JsonObject {
  return { additionalProperties: false, ...schema }
}

/** What is wrong with a schema for parameters, JSON Schema draft-07; paths start at the schema. */
export function schemaFindings(schema: JsonObject): Finding[] {
  const findings = shapeFindings(schema)
  if (findings.length > 0) return findings
  if (ajv.validateSchema(schema) !== true) return firstOfEachPath((ajv.errors ?? []).map(parameterFinding))
  try {
    return defaultFindings(validatorOf(schema))
  } catch (error) {
    return [{ path: [], message: `is not a usable JSON Schema: ${describeError(error)}`, fix: 'Correct the schema.' }]
  }
}

function shapeFindings(schema: JsonObject): Finding[] {
  const findings: Finding[] = []
  if (schema['type'] !== 'object') {
    findings.push({ path: ['type'], message: 'must be "object"', value: schema['type'], fix: 'Write type: object.' })
  }
  for (const key of ['$id', '$async', '$schema'].filter((name) => Object.hasOwn(schema, name))) {
    findings.push({
      path: [key],
      message: 'is not supported',
      value: schema[key],
      fix: 'Remove it; draft-07 is meant.',
    })
  }
  return findings
}

/** The draft's own schema is full of alternatives; the first complaint about a place is the clear one. */
function firstOfEachPath(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.toReversed().map((finding) => [formatPath(finding.path), finding])).values()].toReversed()
}

/** A default that its own schema refuses would fail every run that leaves the parameter out. */
function defaultFindings(validator: ValidateFunction): Finding[] {
  if (validator({})) return []
  return (validator.errors ?? [])
    .filter((error) => error.instancePath !== '' && error.keyword !== 'required')
    .map((error) => {
      const finding = parameterFinding(error)
      const [name = '', ...rest] = finding.path
      return { ...finding, path: ['properties', name, 'default', ...rest] }
    })
}

/** What Ajv found in parameters, in words; the path starts at the parameters. */
export function parameterFinding(error: ErrorObject): Finding {
  const path = pointerPath(error.instancePath)
  const name = formatPath(path) || 'the parameters'
  const describe = describers[error.keyword] ?? describeOther
  return describe({ error, path, name, limit: limitOf(error) })
}

interface Described {
  readonly error: ErrorObject
  readonly path: Path
  readonly name: string
  readonly limit: string
}

function limitOf(error: ErrorObject): string {
  const limit: unknown = error.params['limit']
  return formatValue(limit)
}

const describers: Readonly<Record<string, (described: Described) => Finding>> = {
  maximum: (described) => bound(described, 'at most', 'or less'),
  exclusiveMaximum: (described) => bound(described, 'less than', 'minus something'),
  minimum: (described) => bound(described, 'at least', 'or more'),
  exclusiveMinimum: (described) => bound(described, 'more than', 'plus something'),
  type: describeType,
  required: ({ error, path }) => {
    const missing = String(error.params['missingProperty'])
    return { path: [...path, missing], message: 'is missing', fix: `Add ${formatPath([...path, missing])}.` }
  },
  additionalProperties: ({ error, path }) => {
    const extra = String(error.params['additionalProperty'])
    const known = Object.keys(objectOf(objectOf(error.parentSchema)['properties']))
    const fix = known.length === 0 ? 'Remove it; there are no parameters here.' : didYouMean(extra, known)
    return { path: [...path, extra], message: 'is not a known parameter', value: extra, fix }
  },
  enum: ({ error, path, name }) => {
    const allowed: unknown = error.params['allowedValues']
    const choices = (Array.isArray(allowed) ? allowed : []).map(formatValue).join(', ')
    const message = `must be one of ${choices}; got ${formatValue(error.data)}`
    return { path, message, value: error.data, fix: `Set ${name} to one of them.` }
  },
}

function bound({ error, path, name, limit }: Described, words: string, rest: string): Finding {
  const message = `must be ${words} ${limit}; got ${formatValue(error.data)}`
  return { path, message, value: error.data, fix: `Set ${name} to ${limit} ${rest}.` }
}

const typeWords: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'null',
}

function describeType({ error, path, name }: Described): Finding {
  const wanted: unknown = error.params['type']
  const words = [wanted]
    .flat()
    .map((type) => typeWords[String(type)] ?? String(type))
    .join(' or ')
  const message = `must be ${words}; got ${formatValue(error.data)}`
  const quoted = typeof error.data === 'string' ? ' Leave out the quotes.' : ''
  return { path, message, value: error.data, fix: `Give ${name} as ${words}.${quoted}` }
}

function describeOther({ error, path, name }: Described): Finding {
  const message = `${error.message ?? 'is not valid'}; got ${formatValue(error.data)}`
  return { path, message, value: error.data, fix: `Change ${name} so that it fits.` }
}

function objectOf(value: unknown): object & Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** RFC 6901 pointer to a path. */
function pointerPath(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}
