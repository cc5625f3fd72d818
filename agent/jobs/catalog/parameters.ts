import type { JsonObject } from '../../../shared/domain.ts'
import { Problem, type ProblemDetail } from '../../../shared/errors.ts'
import { isJsonObject } from '../../../shared/json.ts'
import { type Finding, formatPath } from '../../settings/finding.ts'
import { findJsonFaults, parameterLimits } from '../../settings/json-fault.ts'
import type { JobType } from './catalog.ts'
import { parameterFinding, validatorOf } from './parameter-schema.ts'

type WithParameters = Pick<JobType, 'key' | 'parameters'>

/**
 * Checks parameters against the job type's schema and fills in its defaults; the input is not changed.
 * Nothing is converted: "false" is not false and "7" is not 7 (bad input 23). Null and undefined mean "none given", which is
 * what rows of other programs hold.
 * @throws Problem `invalid_parameters` naming each parameter, its value and the fix.
 */
export function validateParameters(jobType: WithParameters, parameters: unknown): JsonObject {
  const result = checkParameters(jobType, parameters)
  if (Array.isArray(result)) throw parametersProblem(jobType.key, result)
  return result
}

/** Like validateParameters, for who collects the findings; their paths start at the parameters. */
export function checkParameters(jobType: WithParameters, parameters: unknown): JsonObject | Finding[] {
  const given = parameters ?? {}
  const faults = findJsonFaults(given, parameterLimits)
  if (faults.length > 0) return faults
  const filled: unknown = structuredClone(given)
  const validate = validatorOf(jobType.parameters)
  if (!validate(filled)) return (validate.errors ?? []).map(parameterFinding)
  return isJsonObject(filled) ? filled : [{ path: [], message: 'must be a mapping', value: given }]
}

const shownFindings = 20

function parametersProblem(jobType: string, findings: readonly Finding[]): Problem {
  const [first] = findings
  const shown = findings
    .slice(0, shownFindings)
    .map(({ path, message }) => `${formatPath(path) || 'the whole'} ${message}`)
  const hidden = findings.length - shown.length
  const more = hidden > 0 ? `; and ${hidden} more` : ''
  const fixes = [...new Set(findings.slice(0, shownFindings).flatMap(({ fix }) => (fix === undefined ? [] : [fix])))]
  const detail: ProblemDetail = { field: formatPath(['parameters', ...(first?.path ?? [])]), value: first?.value }
  if (fixes.length > 0) detail.fix = fixes.join(' ')
  return new Problem('invalid_parameters', `Parameters of ${jobType}: ${shown.join('; ')}${more}.`, detail)
}
