import type { FreshnessState } from './domain.ts'
import type { Due } from './due.ts'

const idle = ['no_agent', 'dead', 'paused', 'held', 'nothing_planned', 'archived'] as const
/** Why nobody can say when a dataset will be fresh. */
export const outlookGaps = ['duration_unknown', 'failed_in_run', ...idle, 'outside', 'outside_late'] as const
export type OutlookGap = (typeof outlookGaps)[number]
/** Nothing comes until somebody does something. What a trigger or a hook starts is not planned. */
export const idleGaps: ReadonlySet<OutlookGap> = new Set<OutlookGap>(idle)

export const refreshStates = ['running', 'planned', 'outside', 'none'] as const
export type RefreshState = (typeof refreshStates)[number]

/** What brings a dataset next, as far as it is known. */
export interface Refresh {
  /** `outside`: another program is expected to report. `none`: nothing is to be expected, `gap` says why. */
  readonly state: RefreshState
  /** Null: no job of ours. */
  readonly jobId: string | null
  /** The job type, or what the other program calls itself; null = nothing refreshes it. */
  readonly by: string | null
  /** Start of the run under way, of the planned one (passed: it is due), or when the other program reports; null for `none`. */
  readonly startsAt: Date | null
  /** The p90 of such runs, ms; null = not known, and for what other programs do. */
  readonly durationMs: number | null
  /** Null when `expectedAt` has an answer. */
  readonly gap: OutlookGap | null
}

/** A job that may bring a dataset. */
export interface Bringer {
  readonly jobId: string
  readonly jobType: string
  readonly isPaused: boolean
  /** Null = nothing runs. */
  readonly runningSince: Date | null
  /** The run under way has failed for this very dataset already. */
  readonly hasFailedInRun: boolean
  /** When it is planned to start, after the holds that it waits for. */
  readonly nextRunAt: Date | null
  /** What is planned waits for a hold without an end; `nextRunAt` is null then. Left out = it does not. */
  readonly isHeld?: boolean
  readonly hasFailedLast: boolean
  /** By an agent that lives, or by another program. */
  readonly isRunnable: boolean
  /** The p90 of its runs, ms; null = not known. */
  readonly durationMs: number | null
}

/** Who refreshes a dataset that no job of ours does. */
export interface OutsideBringer {
  readonly name: string
  /** When it is expected to report by its own period; null = nothing says. */
  readonly dueAt: Date | null
  readonly isPaused: boolean
}

/**
 * When the data is there: for a run under way its start and its duration, for another the later of now and its start, and its duration;
 * never before `now`. What other programs bring is expected when they report, and no more once that has passed. Null: `gap` says why.
 */
export function expectedAt({ state, startsAt, durationMs, gap }: Refresh, now: Date): Date | null {
  if (gap !== null || startsAt === null) return null
  if (state === 'outside') return startsAt > now ? startsAt : null
  if (durationMs === null) return null
  const endMs = state === 'running' ? startsAt.getTime() : Math.max(startsAt.getTime(), now.getTime())
  return new Date(Math.max(endMs + Math.max(durationMs, 0), now.getTime()))
}

/**
 * What brings it first; where nobody can say when, what comes closest to it. Another program that is still expected comes before jobs that
 * bring nothing by themselves. `archivedType`: a job that did once.
 */
export function nextRefresh(
  {
    bringers,
    outside,
    archivedType,
  }: {
    readonly bringers: readonly Bringer[]
    readonly outside: OutsideBringer | null
    readonly archivedType: string | null
  },
  now: Date,
): Refresh {
  const [first] = bringers.map((bringer) => refreshOf(bringer)).toSorted((left, right) => order(left, right, now))
  if (first !== undefined && (!isIdle(first) || outside === null || !isExpected(outside, now))) return first
  if (outside !== null) return outsideRefresh(outside, now)
  return { ...nobody, by: archivedType, gap: archivedType === null ? 'nothing_planned' : 'archived' }
}

const nobody: Refresh = { state: 'none', jobId: null, by: null, startsAt: null, durationMs: null, gap: null }

/** Brings nothing by itself: another program that does is worth asking for. */
export function bringsNothing(bringer: Bringer): boolean {
  return isIdle(refreshOf(bringer))
}

function isIdle({ gap }: Refresh): boolean {
  return gap !== null && idleGaps.has(gap)
}

function isExpected({ dueAt, isPaused }: OutsideBringer, now: Date): boolean {
  return !isPaused && dueAt !== null && dueAt > now
}

function refreshOf(bringer: Bringer): Refresh {
  const { jobId, jobType: by, runningSince, nextRunAt, durationMs } = bringer
  const known = { ...nobody, jobId, by, durationMs }
  if (runningSince !== null && !bringer.hasFailedInRun) {
    return { ...known, state: 'running', startsAt: runningSince, gap: durationMs === null ? 'duration_unknown' : null }
  }
  const gap = gapOf(bringer)
  if (gap !== null) return { ...known, gap }
  return { ...known, state: 'planned', startsAt: nextRunAt, gap: durationMs === null ? 'duration_unknown' : null }
}

function gapOf({
  runningSince,
  isPaused,
  nextRunAt,
  hasFailedLast,
  isRunnable,
  isHeld = false,
}: Bringer): OutlookGap | null {
  if (runningSince !== null) return 'failed_in_run'
  if (isPaused) return 'paused'
  if (isHeld) return 'held'
  if (nextRunAt === null) return hasFailedLast ? 'dead' : 'nothing_planned'
  return isRunnable ? null : 'no_agent'
}

function outsideRefresh({ name, dueAt, isPaused }: OutsideBringer, now: Date): Refresh {
  const known = { ...nobody, by: name }
  if (isPaused) return { ...known, gap: 'paused' }
  if (dueAt === null) return { ...known, gap: 'outside' }
  return { ...known, state: 'outside', startsAt: dueAt, gap: dueAt > now ? null : 'outside_late' }
}

/** The earliest; of unknown length, as if it took no time; then the reasons, that which takes the least to mend first. */
function order(left: Refresh, right: Refresh, now: Date): number {
  const ms = (refresh: Refresh): number =>
    (expectedAt(refresh, now) ?? later(refresh.startsAt, now))?.getTime() ?? Number.POSITIVE_INFINITY
  const place = ({ gap }: Refresh): number => (gap === null ? -1 : outlookGaps.indexOf(gap))
  const [leftMs, rightMs] = [ms(left), ms(right)]
  return leftMs === rightMs ? place(left) - place(right) : leftMs - rightMs
}

function later(at: Date | null, now: Date): Date | null {
  return at === null || at > now ? at : now
}

/** A dataset of a page, with what brings it next. */
export interface OutlookItem {
  readonly label: string
  readonly state: FreshnessState
  readonly maxAgeHours: number
  readonly due: Due | null
  readonly lastSuccessAt: Date | null
  readonly staleAt: Date | null
  readonly refresh: Refresh
}

export interface Outlook<Item extends OutlookItem = OutlookItem> {
  /** When a page that is not ready will be; null when it is, and when nobody can say. Never before now. */
  readonly expectedAt: Date | null
  /** What that waits for: the last to come, or those of which nobody can say when they come; empty for a page that is ready. */
  readonly waitsFor: readonly Item[]
  /** When the first dataset of a page that is ready goes stale. */
  readonly readyUntil: Date | null
  /** That dataset. */
  readonly firstStale: Item | null
  /** The first that goes stale before anything begins to refresh it (F7); null = none does. */
  readonly unrefreshed: Item | null
}

/** When a page will be ready by itself, or how long it stays so. What is fresh and goes stale before the rest has come is waited for as well. */
export function outlook<Item extends OutlookItem>(items: readonly Item[], now: Date): Outlook<Item> {
  const fresh = items.filter(({ state }) => state === 'fresh').toSorted((left, right) => staleMs(left) - staleMs(right))
  const missing = items.filter(({ state }) => state !== 'fresh')
  if (missing.length === 0) {
    const [firstStale = null] = fresh
    const unrefreshed = fresh.find((item) => !beginsInTime(item, now)) ?? null
    return { expectedAt: null, waitsFor: [], readyUntil: firstStale?.staleAt ?? null, firstStale, unrefreshed }
  }
  const ready = { readyUntil: null, firstStale: null, unrefreshed: null }
  const unknown = missing.filter(({ refresh }) => expectedAt(refresh, now) === null)
  if (unknown.length > 0) return { ...ready, expectedAt: null, waitsFor: unknown }
  let last = latest(missing, now)
  for (const item of fresh) {
    if (staleMs(item) >= last.at.getTime()) break
    if (expectedAt(item.refresh, now) === null) return { ...ready, expectedAt: null, waitsFor: [item] }
    last = latest([last.item, item], now)
  }
  return { ...ready, expectedAt: last.at, waitsFor: [last.item] }
}

export interface PageOutlook {
  readonly expectedAt: Date | null
  readonly readyUntil: Date | null
  /** Start of what refreshes next the dataset that goes stale first; null = nothing does, another program is late, or the page is not ready. */
  readonly nextRunAt: Date | null
  /** Something begins to refresh each dataset before it goes stale; null for a page that is not ready. */
  readonly isRefreshedInTime: boolean | null
}

/** `outlook` as programs are told it. */
export function pageOutlook(items: readonly OutlookItem[], now: Date): PageOutlook {
  const { waitsFor, firstStale, unrefreshed, ...ready } = outlook(items, now)
  return {
    expectedAt: ready.expectedAt,
    readyUntil: ready.readyUntil,
    nextRunAt: firstStale === null || isOverdue(firstStale.refresh, now) ? null : firstStale.refresh.startsAt,
    isRefreshedInTime: waitsFor.length === 0 ? unrefreshed === null : null,
  }
}

/**
 * Why the page will not be ready at `by`, as far as anybody can say; null = it will. What is not fresh has to be expected by then, and
 * what goes stale before refreshed from then on, which its schedule is trusted to go on doing. What is missing comes before what
 * goes stale, and of that the first. Before `now`, it is now that counts.
 */
export function lateBy<Item extends OutlookItem>(items: readonly Item[], by: Date, now: Date): Item | null {
  const isAhead = by > now
  const atMs = isAhead ? by.getTime() : now.getTime()
  const late = items.filter((item) => {
    const expected = expectedAt(item.refresh, now)
    const isExpected = expected !== null && expected.getTime() <= atMs
    if (item.state !== 'fresh') return !(isAhead && isExpected)
    return !(staleMs(item) >= atMs || beginsInTime(item, now) || isExpected)
  })
  const missing = late.find(({ state }) => state !== 'fresh')
  return missing ?? late.toSorted((left, right) => staleMs(left) - staleMs(right))[0] ?? null
}

function staleMs({ staleAt }: OutlookItem): number {
  return staleAt?.getTime() ?? Number.POSITIVE_INFINITY
}

/** Of those of which it is known; the first of equals. */
function latest<Item extends OutlookItem>(
  items: readonly Item[],
  now: Date,
): { readonly item: Item; readonly at: Date } {
  const known = items.flatMap((item) => {
    const at = expectedAt(item.refresh, now)
    return at === null ? [] : [{ item, at }]
  })
  return known.reduce((last, one) => (one.at > last.at ? one : last))
}

/** Another program was expected before now and has not reported: nobody knows whether it still does. */
export function isOverdue({ state, startsAt, gap }: Refresh, now: Date): boolean {
  return gap === 'outside_late' || (state === 'outside' && startsAt !== null && startsAt <= now)
}

/** F7: how long the run takes and the grace are the same p90, so its start decides. What is overdue has no start any more. */
export function beginsInTime({ refresh, staleAt }: OutlookItem, now: Date): boolean {
  const { state, startsAt } = refresh
  if (state === 'running' || staleAt === null) return true
  if (isOverdue(refresh, now)) return false
  return startsAt !== null && startsAt <= staleAt
}
