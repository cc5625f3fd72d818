/** The words of the domain as schemas, and the pieces that several calls share. */
import { z } from 'zod'
import {
  attemptStatuses,
  catchUpPolicies,
  freshnessStates,
  jobStates,
  jobStatuses,
  logLevels,
  overlapPolicies,
  readinessVerdicts,
  runProblems,
  scheduleTypes,
  stepStatuses,
  triggerSources,
} from '../domain.ts'
import { weekdays } from '../due.ts'
import { outlookGaps, refreshStates } from '../outlook.ts'

/** A UUID of any version: other programs make their own. */
export const id = z.guid()
/** Instants that come in carry their offset (bad input 27); instants that go out are Dates, ISO 8601 over REST. */
export const instantIn = z.iso.datetime({ offset: true })
export const instant = z.date()
export const json = z.json()
export const jsonObject = z.record(z.string(), z.json())

export const jobStatus = z.enum(jobStatuses)
export const jobState = z.enum(jobStates)
export const scheduleType = z.enum(scheduleTypes)
export const runProblem = z.enum(runProblems)
export const stepStatus = z.enum(stepStatuses)
export const triggerSource = z.enum(triggerSources)
export const overlapPolicy = z.enum(overlapPolicies)
export const catchUpPolicy = z.enum(catchUpPolicies)
export const freshness = z.enum(freshnessStates)
export const attempt = z.enum(attemptStatuses)
export const verdict = z.enum(readinessVerdicts)
export const logLevel = z.enum(logLevels)
/** As stored: another program may have written a word that is not ours, and it is shown as it is. */
export const runStatus = z.string()
/** Of log lines: as above. */
export const storedLevel = z.string()

/** When a maximum age counts: "09:00 on weekdays in Berlin". The days are those of the zone, an IANA name. */
export const due = z.object({
  days: z.array(z.enum(weekdays)).min(1).max(7).readonly(),
  at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  zone: z.string().min(1).max(64),
})

/** Text that a list is searched for; wildcards mean themselves (bad input 28). */
export const searchText = z.string().max(200)

/** Keyset paging: the cursor of the page before, as it was given out; null = from the start. */
export const cursor = z.string().max(300).nullable().default(null)
export const limit = z.number().int().min(1).max(500).default(50)

export const organizationScope = { organizationId: id, brandId: id.nullable().default(null) } as const

/** A group of brands, in any case; null = all brands. Beside a brand it is refused: a brand says it all. */
export const groupName = z.string().trim().min(1).max(200)
export const groupScope = { ...organizationScope, group: groupName.nullable().default(null) } as const

/** A row of a list that names another thing. */
export const reference = z.object({ id, name: z.string() })
/** A brand with the groups that it carries. */
export const groupedBrand = reference.extend({ groups: z.array(z.string()) })

/** What brings a dataset next. */
export const refresh = z.object({
  /** `outside`: another program is expected to report. `none`: nothing is to be expected. */
  state: z.enum(refreshStates),
  jobId: id.nullable(),
  /** The job type, or what the other program calls itself; null = nothing refreshes it. */
  by: z.string().nullable(),
  /** Start of the run under way or of the planned one (passed: it is due), or when the other program reports; null for `none`. */
  startsAt: instant.nullable(),
  /** The p90 of such runs; null = not known. */
  durationMs: z.number().nullable(),
  /** Why nobody can say when the data will be there; null = `startsAt` and `durationMs` say it. */
  gap: z.enum(outlookGaps).nullable(),
})

/** What one command changed, in words: "Daily at 06:00" and "Daily at 07:00 Europe/Berlin". Instants as "2026-11-23 06:00 UTC". */
export const change = z.object({
  /** As it is stored: `maxRetries`, `parameters.window_days`. */
  field: z.string(),
  name: z.string(),
  /** Null = it was not there. */
  from: z.string().nullable(),
  /** Null = it is gone. */
  to: z.string().nullable(),
})

/** A hold that something waits for; `endsAt` null = until somebody ends it. */
export const waitedHold = z.object({ endsAt: instant.nullable() })
