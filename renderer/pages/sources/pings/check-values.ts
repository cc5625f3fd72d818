import type { PingCheckView } from '../../../../shared/contract/pings.ts'
import { formatDuration } from '../../../../shared/duration.ts'
import { Problem } from '../../../../shared/errors.ts'
import { maximumAgeHours, type PingPlan, parsePlan } from '../../../../shared/pings/plan.ts'
import { slugOf } from '../../../../shared/pings/slug.ts'
import { cadenceInWords } from '../../../components/cadence-reading.ts'
import type { StateName } from '../../../components/state-mark.tsx'

export type Check = PingCheckView

/** What a check says, as it is edited: both schedules are kept, so that changing one's mind loses nothing. */
export interface CheckValues {
  readonly brandId: string
  readonly name: string
  /** Empty: made of the name. */
  readonly slug: string
  /** Empty: named by the slug. */
  readonly dataset: string
  readonly kind: PingPlan['schedule']['kind']
  readonly periodSeconds: number
  readonly cron: string
  readonly timeZone: string
  readonly graceSeconds: number
  readonly resumesByHand: boolean
}

export function newValues(brandId: string, timeZone: string): CheckValues {
  return {
    brandId,
    name: '',
    slug: '',
    dataset: '',
    kind: 'period',
    periodSeconds: 86_400,
    cron: '0 6 * * *',
    timeZone,
    graceSeconds: 3_600,
    resumesByHand: false,
  }
}

export function valuesOf(check: Check, timeZone: string): CheckValues {
  const { brand, name, slug, dataset, schedule, graceSeconds, resumesByHand } = check
  const { kind } = schedule
  const timing = kind === 'period' ? { periodSeconds: schedule.periodSeconds } : schedule
  return { ...newValues(brand.id, timeZone), name, slug, dataset, kind, ...timing, graceSeconds, resumesByHand }
}

export function planOf({ kind, periodSeconds, cron, timeZone, graceSeconds }: CheckValues): PingPlan {
  return { schedule: kind === 'period' ? { kind, periodSeconds } : { kind, cron, timeZone }, graceSeconds }
}

/** Empty when neither the slug nor the name may stand in an address. */
export function slugIn({ slug, name }: CheckValues): string {
  return slug === '' ? slugOf(name) : slug
}

export function inputOf(values: CheckValues) {
  const { brandId, name, resumesByHand } = values
  const slug = slugIn(values)
  const dataset = values.dataset === '' ? slug : values.dataset
  return { brandId, name, slug, dataset, ...planOf(values), resumesByHand }
}

/** How old the data may get by this plan, hours; null while it is not a plan. */
export function hoursOf(plan: PingPlan, now: Date): number | null {
  try {
    return maximumAgeHours(parsePlan(plan), now)
  } catch (thrown) {
    if (thrown instanceof Problem) return null
    throw thrown
  }
}

export function scheduleInWords({ schedule }: Pick<PingPlan, 'schedule'>): string {
  if (schedule.kind === 'period') return `Every ${formatDuration(schedule.periodSeconds * 1_000)}`
  return `${cadenceInWords({ cronExpression: schedule.cron, timeZone: schedule.timeZone })}, ${schedule.timeZone}`
}

/** In the words of people, for a conflict. */
export const checkLabels: Readonly<Record<keyof CheckValues, string>> = {
  brandId: 'Brand',
  name: 'Name',
  slug: 'Slug',
  dataset: 'Dataset',
  kind: 'Expected',
  periodSeconds: 'Period',
  cron: 'Cron expression',
  timeZone: 'Time zone',
  graceSeconds: 'Grace',
  resumesByHand: 'Only a person resumes it',
}

export function checkFieldInWords(values: CheckValues, field: keyof CheckValues): string {
  const value = values[field]
  if (typeof value === 'number') return formatDuration(value * 1_000)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (field === 'kind') return value === 'period' ? 'every so often' : 'at set times'
  return value
}

export const checkMarks: Readonly<Record<Check['state'], { readonly state: StateName; readonly word: string }>> = {
  new: { state: 'never_synced', word: 'New' },
  up: { state: 'fresh', word: 'Up' },
  started: { state: 'running', word: 'Running' },
  grace: { state: 'at_risk', word: 'Late' },
  down: { state: 'stale', word: 'Down' },
  paused: { state: 'paused', word: 'Paused' },
}
