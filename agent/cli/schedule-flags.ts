import { type Cadence, parseCadence } from '../../shared/cadence.ts'
import { Problem } from '../../shared/errors.ts'
import type { KnownJobType } from '../freshness/known-catalog.ts'
import type { GlobalFlags } from './context.ts'
import type { RuleFlags } from './schedule-rules.ts'

export interface ScheduleFlags extends GlobalFlags, RuleFlags {
  readonly brand?: readonly string[]
  readonly allBrands?: boolean
  readonly org?: string
  readonly spread?: string
  readonly dryRun?: boolean
  readonly cron?: string
  readonly zone?: string
  readonly name?: string
  readonly param?: readonly string[]
  readonly preview?: boolean
}

/** The flags, else what the catalog suggests; null without either. */
export function cadenceSaid(
  flags: ScheduleFlags,
  suggestion: KnownJobType['cadence'],
  usualZone: string,
): Cadence | null {
  if (flags.cron !== undefined) return parseCadence(flags.cron, flags.zone ?? usualZone)
  if (suggestion === null) return null
  return parseCadence(suggestion.cron, flags.zone ?? suggestion.time_zone ?? usualZone)
}

/** Throws Problem `invalid_input` where nothing says it. */
export function cadenceAsked(
  key: string,
  flags: ScheduleFlags,
  suggestion: KnownJobType['cadence'],
  usualZone: string,
): Cadence {
  const cadence = cadenceSaid(flags, suggestion, usualZone)
  if (cadence !== null) return cadence
  throw new Problem('invalid_input', `When ${key} is to run is not said, and its catalog suggests no cadence.`, {
    field: '--cron',
    fix: 'Add --cron with five fields, such as --cron "0 6 * * *" for daily at 06:00.',
  })
}
