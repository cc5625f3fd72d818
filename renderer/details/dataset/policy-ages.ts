import type { Due } from '../../../shared/due.ts'
import { dueText, dueWords } from '../../../shared/due-words.ts'
import { formatHours } from '../../../shared/duration.ts'
import { staleMsOf } from '../../../shared/freshness.ts'

/** The ages and the due time that a brand has of its own for a dataset, as they are stored. */
export interface Policy {
  /** Null: only a warning age is the brand's own. */
  readonly maxAgeHours: number | null
  /** From this age on it is at risk; null = no age says so. */
  readonly warnAgeHours: number | null
  /** When the maximum counts; null = when the dataset says. */
  readonly due: Due | null
  readonly changedAt: Date
  readonly changedBy: string | null
}

/** What stands in the fields, hours; a text is no number, or empty. */
export interface Ages {
  readonly maximum: number | string
  readonly warning: number | string
  readonly due: Due | null
}

const longestHours = 87_600

export function agesOf(policy: Policy | null): Ages {
  return { maximum: policy?.maxAgeHours ?? '', warning: policy?.warnAgeHours ?? '', due: policy?.due ?? null }
}

/** Null = none, so that the usual one counts. */
export function hoursIn(typed: number | string): number | null {
  return typeof typed === 'number' ? typed : null
}

/** "48 h", "the usual one", "weekdays 09:00 Europe/Berlin" */
export function ageInWords(ages: Ages, field: keyof Ages): string {
  if (field === 'due') return ages.due === null ? 'none' : dueText(ages.due)
  const hours = hoursIn(ages[field])
  if (hours !== null) return formatHours(hours)
  return field === 'maximum' ? 'the usual one' : 'none'
}

/** Whether the brand has anything of its own then. */
export function saysSomething({ maximum, warning, due }: Ages): boolean {
  return maximum !== '' || warning !== '' || due !== null
}

/** Why an age cannot be stored, by field; null = it can. A due time is chosen, not typed. */
export function faultsOf({ maximum, warning }: Ages): Readonly<Record<keyof Ages, string | null>> {
  return { maximum: faultOf(maximum), warning: faultOf(warning) ?? tooLate(warning, maximum), due: null }
}

/** What it comes to: after this it is stale if nothing succeeds before; null where nobody can say. `usual`: the maximum without the brand's, hours, and when it counts. */
export function staleAfter(
  { maximum, due: own }: Ages,
  usual: { readonly hours: number | null; readonly due: Due | null },
  lastSuccessAt: Date | null,
): Date | null {
  const hours = hoursIn(maximum) ?? usual.hours
  const due = own ?? usual.due
  if (hours === null || lastSuccessAt === null || due === null || faultOf(maximum) !== null) return null
  return new Date(staleMsOf(lastSuccessAt.getTime(), hours, due))
}

/** What has been saved, as a sentence. `usualDue`: of the dataset, which counts where the brand has none of its own (F9). */
export function savedWords(ages: Ages, usualDue: Due | null): string {
  const [maximum, warning] = [hoursIn(ages.maximum), hoursIn(ages.warning)]
  const due = ages.due ?? usualDue
  const when = due === null ? '' : ` ${dueWords(due)}`
  if (maximum !== null) return `May be ${formatHours(maximum)} old${when} now.`
  if (ages.due !== null) return `Due${when} now; the usual maximum counts.`
  if (warning !== null) return `At risk from ${formatHours(warning)} on now; the usual maximum counts.`
  return 'The usual maximum counts again.'
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
