import { z } from 'zod'
import type { JsonObject, JsonValue } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import type { KnownCatalog } from '../freshness/known-catalog.ts'
import { checkParameters } from '../jobs/catalog/parameters.ts'
import { didYouMean } from '../settings/suggestion.ts'

/** `true` takes anything, `false` nothing. */
const property = z.union([z.boolean(), z.object({ type: z.union([z.string(), z.array(z.string())]).optional() })])
const schema = z.object({
  properties: z.record(z.string(), property).default({}),
  additionalProperties: z.unknown().optional(),
})

/**
 * `--param name=value`, typed by the job type's JSON Schema, because a command line knows only text (bad input 23): `days_back=7`
 * is the number 7 where the schema says integer and the text "7" where it says string. Where it names no type (`$ref`, `enum`), a text
 * that it refuses is read as JSON, if it takes that. Whether the value is allowed is for validateParameters.
 * @throws Problem `invalid_parameters` for what is not `name=value`, unknown or given twice.
 */
export function readParameters(given: readonly string[], jobType: { key: string; parameters: JsonObject }): JsonObject {
  const { properties, additionalProperties } = schema.parse(jobType.parameters)
  const values: JsonObject = {}
  for (const text of given) {
    const split = text.indexOf('=')
    if (split < 1) throw refused(`--param "${text}" is not of the form name=value.`, text, 'Write --param name=value.')
    const name = text.slice(0, split)
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (known === undefined && additionalProperties !== true) {
      throw refused(`${jobType.key} has no parameter "${name}".`, name, didYouMean(name, Object.keys(properties)))
    }
    if (Object.hasOwn(values, name)) throw refused(`The parameter "${name}" is given twice.`, name, 'Give it once.')
    const value = text.slice(split + 1)
    const types = typeof known === 'object' ? known.type : undefined
    values[name] = types === undefined ? untyped(value, name, jobType) : typed(value, [types].flat())
  }
  return values
}

/** The same for a job type by its key; one that only another program knows takes whatever it is given. */
export function parametersOf(catalog: KnownCatalog, key: string, given: readonly string[]): JsonObject {
  return readParameters(given, catalog.jobTypes.get(key) ?? { key, parameters: { additionalProperties: true } })
}

/** As the first type that the text can be read as; text that is none of them stays text, for the schema to refuse. */
function typed(text: string, types: readonly string[]): JsonValue {
  for (const type of types) {
    const value = Object.hasOwn(readers, type) ? readers[type]?.(text) : undefined
    if (value !== undefined) return value
  }
  return text
}

function untyped(text: string, name: string, jobType: Parameters<typeof checkParameters>[0]): JsonValue {
  const isRefused = (value: JsonValue): boolean => {
    const checked = checkParameters(jobType, { [name]: value })
    return Array.isArray(checked) && checked.some(({ path }) => path[0] === name)
  }
  const value = isRefused(text) ? jsonOrNothing(text) : undefined
  return value === undefined || isRefused(value) ? text : value
}

const readers: Readonly<Record<string, (text: string) => JsonValue | undefined>> = {
  integer: (text) => (/^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined),
  number: (text) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text) ? Number(text) : undefined),
  boolean: (text) => ({ true: true, false: false })[text],
  null: (text) => (text === 'null' ? null : undefined),
  object: jsonOrNothing,
  array: jsonOrNothing,
}

function jsonOrNothing(text: string): JsonValue | undefined {
  try {
    return z.json().parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

function refused(message: string, value: string, fix: string): Problem {
  return new Problem('invalid_parameters', message, { field: '--param', value, fix })
}
