/** What a backfill would be: which runs, for which days, with which parameters. Nothing is written. */
import {
  type BackfillRule,
  cutDays,
  type DayRange,
  dayAt,
  dayNumber,
  daysInWords,
  daysOf,
  dayText,
  mostBackfillRuns,
  mostDaysPerRun,
  otherParameters,
  parametersFor,
} from '../../shared/backfills.ts'
import type { JsonObject } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import { zoneOr } from '../../shared/time-zone.ts'
import type { KnownJobType } from '../freshness/known-catalog.ts'
import { findScheduleLike, listCovered, medianDuration, type ScheduleLike } from '../store/backfill-questions.ts'
import type { Database } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import { validateParameters } from './catalog/parameters.ts'
import { isName } from './names.ts'

export interface BackfillAsked {
  readonly brandId: string
  /** Days, both included. */
  readonly first: string
  readonly last: string
  readonly daysPerRun: number
  readonly newestFirst: boolean
  /** Days that had a completed run with the same other parameters are left out. */
  readonly onlyMissing: boolean
  /** What it says of days counts for nothing. */
  readonly parameters: JsonObject
  /** The job by whose rules its runs go; null = the oldest schedule of the brand and type, if there is one. */
  readonly likeJobId: string | null
}

export interface PlannedRun extends DayRange {
  readonly name: string
  readonly parameters: JsonObject
  /** A run for all of its days has completed before. */
  readonly isCovered: boolean
}

export interface BackfillPlan {
  /** In the order in which they are done; none when nothing is missing. */
  readonly runs: readonly PlannedRun[]
  /** Of the range: the days that had a completed run. */
  readonly covered: readonly DayRange[]
  readonly coveredDays: number
  /** The zone by whose clocks days begin and end. */
  readonly zone: string
  /** Of such runs for the brand; null = none is known. ms */
  readonly medianMs: number | null
  readonly like: ScheduleLike | null
  /** The other parameters, with the defaults of the schema. */
  readonly parameters: JsonObject
}

/** @throws Problem `invalid_input` for days that make no sense; `invalid_parameters`; `not_found` for the job whose rules are to hold. */
export async function planBackfill(
  database: Database,
  jobType: KnownJobType,
  asked: BackfillAsked,
  defaultTimeZone: string,
): Promise<BackfillPlan> {
  const rule = ruleOf(jobType)
  const like = await findScheduleLike(database, { ...asked, jobType: jobType.key })
  if (like === null && asked.likeJobId !== null) throw noSuchJob(asked.likeJobId, jobType.key)
  const zone = zoneOr(like?.timeZone ?? null, defaultTimeZone)
  checkDays(asked, rule, dayText(dayAt(await databaseNow(database), zone)))
  const parameters = otherParameters(rule, validateParameters(jobType, parametersFor(rule, asked.parameters, asked)))
  const { brandId } = asked
  const question = { ...rule, brandId, jobType: jobType.key, parameters, days: asked }
  const covered = daysOf(clipped(await listCovered(database, question), asked))
  const cuts = cutDays(asked, { ...asked, ...(asked.onlyMissing ? { without: covered } : {}) })
  if (cuts.length > mostBackfillRuns) throw tooMany(cuts.length, rule)
  return {
    runs: cuts.map((days) => ({
      ...days,
      name: nameOf(jobType, days),
      parameters: validateParameters(jobType, parametersFor(rule, parameters, days)),
      isCovered: [...daysOf([days])].every((day) => covered.has(day)),
    })),
    covered: rangesOf(covered, asked),
    coveredDays: covered.size,
    zone,
    medianMs: await medianDuration(database, brandId, jobType.key),
    like,
    parameters,
  }
}

/** @throws Problem `invalid_input` for a job type whose catalog says nothing of days. */
export function ruleOf({ key, backfill }: Pick<KnownJobType, 'key' | 'backfill'>): BackfillRule {
  if (backfill !== null) return backfill
  throw new Problem(
    'invalid_input',
    `${key} cannot be backfilled: its catalog does not say which parameters are its days.`,
    {
      field: 'jobType',
      value: key,
      fix: `Add "backfill: { from: <parameter> }" under job_types.${key} in pipeline-manager.yaml.`,
    },
  )
}

function checkDays({ first, last, daysPerRun }: BackfillAsked, { mostDays }: BackfillRule, today: string): void {
  const from = requireDay('first', first)
  const to = requireDay('last', last)
  if (from > to) throw wrong('last', last, 'The last day is before the first.', 'Give the days the other way round.')
  if (last > today)
    throw wrong('last', last, `${last} has not come yet: today is ${today}.`, `Choose ${today} or earlier.`)
  if (daysPerRun > mostDays) {
    const message = `A run covers at most ${mostDays} day${mostDays === 1 ? '' : 's'}; got ${daysPerRun}.`
    throw wrong('daysPerRun', String(daysPerRun), message, `Choose ${mostDays} or fewer.`)
  }
  if (to - from >= mostBackfillRuns * mostDaysPerRun) throw tooMany(to - from + 1, { mostDays })
}

function requireDay(field: string, text: string): number {
  const day = dayNumber(text)
  if (day !== null) return day
  throw wrong(field, text, `"${text.slice(0, 40)}" is no day.`, 'Write it as 2026-01-31.')
}

function wrong(field: string, value: string, message: string, fix: string): Problem {
  return new Problem('invalid_input', message, { field, value, fix })
}

function tooMany(runs: number, { mostDays }: Pick<BackfillRule, 'mostDays'>): Problem {
  const fix =
    mostDays > 1 ? `Choose fewer days, or more days for each run (at most ${mostDays}).` : 'Choose fewer days.'
  return wrong('first', String(runs), `That would be ${runs} runs; a backfill has at most ${mostBackfillRuns}.`, fix)
}

function noSuchJob(jobId: string, jobType: string): Problem {
  return new Problem('not_found', `There is no job ${jobId} of ${jobType} for this brand.`, {
    field: 'likeJobId',
    value: jobId,
    fix: 'Leave it out: then the schedule of the brand counts.',
  })
}

/** Only what is in the range: a run may have covered years. What says no days is left out. */
function clipped(ranges: readonly DayRange[], { first, last }: DayRange): DayRange[] {
  return ranges
    .filter((range) => dayNumber(range.first) !== null && dayNumber(range.last) !== null)
    .map((range) => ({ first: range.first > first ? range.first : first, last: range.last < last ? range.last : last }))
}

function rangesOf(days: ReadonlySet<number>, { first, last }: DayRange): DayRange[] {
  const others = new Set([...daysOf([{ first, last }])].filter((day) => !days.has(day)))
  return cutDays({ first, last }, { daysPerRun: Number.POSITIVE_INFINITY, newestFirst: false, without: others })
}

/** "Load orders 2026-11-03" */
function nameOf({ key, label }: KnownJobType, days: DayRange): string {
  const name = `${label.slice(0, 90)} ${daysInWords(days)}`.trim()
  return isName(name) ? name : `${key} ${daysInWords(days)}`
}
