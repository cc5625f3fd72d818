import {
  type StandardRPCJsonSerialized,
  type StandardRPCJsonSerializedMetaItem,
  StandardRPCJsonSerializer,
  STANDARD_RPC_JSON_SERIALIZER_BUILT_IN_TYPES as types,
} from '@orpc/client/standard'

type Meta = StandardRPCJsonSerializedMetaItem[]
type Path = (string | number)[]

/**
 * Writes what oRPC's own serializer writes, without the copy of the answer and the array for each value in it that that one makes: they
 * were half of what a page of jobs allocates, and collecting garbage is most of what an answer costs the agent. Where a value is neither
 * plain nor a date, it is left to that one.
 */
export class AnswerSerializer extends StandardRPCJsonSerializer {
  override serialize(data: unknown, ...within: Within): StandardRPCJsonSerialized {
    const meta: Meta = []
    // With more than one argument it is the other serializer that goes deeper.
    return within.length === 0 && noteDates(data, [], meta) ? [data, meta, [], []] : super.serialize(data, ...within)
  }
}

type Within = Parameters<StandardRPCJsonSerializer['serialize']> extends [unknown, ...infer Rest] ? Rest : never

/** Notes where the dates are, which JSON writes by itself; false when there is something else that JSON does not say. */
function noteDates(value: unknown, path: Path, meta: Meta): boolean {
  if (typeof value === 'number') return !Number.isNaN(value)
  if (typeof value !== 'object') return ['string', 'boolean', 'undefined'].includes(typeof value)
  if (value === null) return true
  if (value instanceof Date) return meta.push([types.DATE, ...path]) > 0
  if (Array.isArray(value)) return value.every((one, index) => one !== undefined && isNotedAt(index, one, path, meta))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  // A plain object, whatever its values.
  const fields = value as Readonly<Record<string, unknown>>
  return Object.keys(fields).every((name) => name !== 'toJSON' && isNotedAt(name, fields[name], path, meta))
}

function isNotedAt(place: string | number, value: unknown, path: Path, meta: Meta): boolean {
  // Nearly all values are no objects: they need no path.
  if (typeof value === 'string' || value === null) return true
  path.push(place)
  const isNoted = noteDates(value, path, meta)
  path.pop()
  return isNoted
}
