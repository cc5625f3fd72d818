import type { JsonObject } from '../../shared/domain.ts'
import { findJsonFaults, parameterLimits } from '../settings/json-fault.ts'

/** Null when the stored ones cannot be carried: too deep, too large, numbers that are none, or no object. */
export function shownParameters(parameters: unknown): JsonObject | null {
  return isObject(parameters) && findJsonFaults(parameters, parameterLimits).length === 0 ? parameters : null
}

/** Values are checked by `findJsonFaults` next to it. */
function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
