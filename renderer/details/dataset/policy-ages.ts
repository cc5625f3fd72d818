import { formatHours } from '../../../shared/duration.ts'

/** The ages that a brand has of its own for a dataset, as they are stored. */
export interface Policy {
  /** Null: only a warning age is the brand's own. */
  readonly maxAgeHours: number | null
  /** From this age on it is at risk; null = no age says so. */
  readonly warnAgeHours: number | null
  readonly changedAt: Date
  readonly changedBy: string | null
}

/** What stands in the fields, hours; a text is no number, or empty. */
export interface Ages {
  readonly maximum: number | string
  readonly warning: number | string
}

const longestHours = 87_600

export function agesOf(policy: Policy | null): Ages {
  return { maximum: policy?.maxAgeHours ?? '', warning: policy?.warnAgeHours ?? '' }
}

/** Null = none, so that the usual one counts. */
export function hoursIn(typed: number | string): number | null {
  return typeof typed === 'number' ? typed : null
}

/** "48 h", "the usual one" */
export function ageInWords(ages: Ages, field: keyof Ages): string {
  const hours = hoursIn(ages[field])
  if (hours !== null) return formatHours(hours)
  return field === 'maximum' ? 'the usual one' : 'none'
}

/** Why an age cannot be stored, by field; null = it can. */
export function faultsOf({ maximum, warning }: Ages): Readonly<Record<keyof Ages, string | null>> {
  return { maximum: faultOf(maximum), warning: faultOf(warning) ?? tooLate(warning, maximum) }
}

export function isPossible(ages: Ages): boolean {
  return Object.values(faultsOf(ages)).every((fault) => fault === null)
}

/** What is stale already is not at risk any more. */
function tooLate(warning: number | string, maximum: number | string): string | null {
  const isLate = typeof warning === 'number' && typeof maximum === 'number' && warning >= maximum
  return isLate ? `Less than the maximum of ${formatHours(maximum)}.` : null
}

function faultOf(typed: number | string): string | null {
  if (typed === '') return null
  if (typeof typed !== 'number' || !Number.isFinite(typed)) return 'This takes a number of hours.'
  if (typed <= 0) return 'More than 0 hours.'
  return typed > longestHours ? `At most ${longestHours.toLocaleString()} hours (10 years).` : null
}
