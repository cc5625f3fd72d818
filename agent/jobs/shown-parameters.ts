import type { JsonObject } from '../../shared/domain.ts'
import { isJsonObject } from '../../shared/json.ts'
import { findJsonFaults, parameterLimits } from '../settings/json-fault.ts'

/** Null when the stored ones cannot be carried: too deep, too large, numbers that are none, or no object. */
export function shownParameters(parameters: unknown): JsonObject | null {
  return isJsonObject(parameters) && findJsonFaults(parameters, parameterLimits).length === 0 ? parameters : null
}
