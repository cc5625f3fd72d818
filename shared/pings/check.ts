import { dueAfter, type PingPlan } from './plan.ts'

/**
 * What pings make of a check, as Healthchecks has it (hc/api/models.py), with one difference: a check remembers every run that is under way
 * by its `rid`, so that runs may overlap.
 *
 * `new`: no ping yet. `up`: the last one came in time. `grace`: the next one is late, but not too late. `down`: too late, or the last run
 * failed, or one takes longer than the grace. `started`: a run is under way. `paused`: nothing is expected, by order.
 */
export const pingStates = ['new', 'up', 'started', 'grace', 'down', 'paused'] as const
export type PingState = (typeof pingStates)[number]

/** What is stored: the rest follows from the clock. */
export const storedStates = ['new', 'up', 'down', 'paused'] as const
export type StoredState = (typeof storedStates)[number]

export const pingKinds = ['success', 'start', 'fail', 'log'] as const
export type PingKind = (typeof pingKinds)[number]

export interface OpenRun {
  /** Names the run in the history. */
  readonly runId: string
  /** What its program calls it; null = it has no name. */
  readonly rid: string | null
  readonly startedAt: Date
}

export interface CheckFacts {
  readonly status: StoredState
  /** Of the last success or failure. */
  readonly lastPingAt: Date | null
  /** Null: not known. */
  readonly lastDurationMs: number | null
  /** Under way, the one that began first at the front. */
  readonly openRuns: readonly OpenRun[]
  /** A ping does not wake it from `paused`. */
  readonly resumesByHand: boolean
}

export interface Ping {
  readonly kind: PingKind
  readonly rid: string | null
  readonly at: Date
  /** Names the run, should this be the first that is heard of it, and should it have no `rid`. */
  readonly newRunId: string
}

/** What a ping says of one run. `logged` with null: of none that is known. */
export type PingEffect =
  | { readonly type: 'started'; readonly runId: string }
  | { readonly type: 'ended'; readonly runId: string; readonly succeeded: boolean }
  | { readonly type: 'logged'; readonly runId: string | null }

export interface AppliedPing {
  readonly facts: CheckFacts
  /** Null: the check is paused, and a ping does not wake it. */
  readonly effect: PingEffect | null
  /** Runs of which no end is expected any more. Should it be told after all, it counts. */
  readonly abandoned: readonly OpenRun[]
}

/** A run under way for longer than this has ended without a word. */
export const longestRunMs = 72 * 3_600_000
/** Runs of a check that are remembered at once; the oldest give way. */
export const mostOpenRuns = 20

/**
 * `start` begins a run and leaves the last ping alone; success and failure say how one went, and how long it took when it is known by its
 * `rid`; a success without one, and any failure, end all that is under way. `log` changes nothing.
 */
export function applyPing(facts: CheckFacts, ping: Ping): AppliedPing {
  if (facts.status === 'paused' && facts.resumesByHand) return { facts, effect: null, abandoned: [] }
  const own = facts.openRuns.find((run) => run.rid === ping.rid && isLive(run, ping.at))
  if (ping.kind === 'log') return { facts, effect: { type: 'logged', runId: own?.runId ?? null }, abandoned: [] }
  const isStart = ping.kind === 'start'
  // Told again without a name, it is another run than the one that never said how it ended.
  const runId = ping.rid ?? (isStart ? ping.newRunId : (own?.runId ?? ping.newRunId))
  const openRuns = openAfter(facts, ping, runId)
  const abandoned = facts.openRuns.filter((run) => run.runId !== runId && !openRuns.includes(run))
  if (isStart) return { facts: { ...facts, openRuns }, effect: { type: 'started', runId }, abandoned }
  const succeeded = ping.kind === 'success'
  const lastDurationMs = own === undefined ? null : Math.max(0, ping.at.getTime() - own.startedAt.getTime())
  return {
    facts: { ...facts, status: succeeded ? 'up' : 'down', lastPingAt: ping.at, lastDurationMs, openRuns },
    effect: { type: 'ended', runId, succeeded },
    abandoned,
  }
}

function isLive({ startedAt }: OpenRun, at: Date): boolean {
  return at.getTime() - startedAt.getTime() <= longestRunMs
}

function openAfter({ openRuns }: CheckFacts, ping: Ping, runId: string): OpenRun[] {
  if (ping.kind === 'fail' || (ping.kind === 'success' && ping.rid === null)) return []
  const others = openRuns.filter((run) => run.rid !== ping.rid && isLive(run, ping.at))
  if (ping.kind !== 'start') return others
  return [...others, { runId, rid: ping.rid, startedAt: ping.at }].slice(-mostOpenRuns)
}

export interface CheckView {
  readonly state: PingState
  /** When the next ping is expected; null when none is. */
  readonly dueAt: Date | null
  /** When it is down without a further ping; null when it is, or never will be. */
  readonly downAt: Date | null
}

/** `down_at` = the earlier of the next ping and the first open start, and the grace. */
export function viewCheck(plan: PingPlan, facts: CheckFacts, now: Date): CheckView {
  const graceMs = plan.graceSeconds * 1_000
  const { status, lastPingAt } = facts
  const startedAt = facts.openRuns[0]?.startedAt ?? null
  // Nothing is expected of what is down but that it comes up again.
  const isExpected = status === 'up' && lastPingAt !== null
  const dueAt = lastPingAt === null || status === 'paused' ? null : dueAfter(plan.schedule, lastPingAt)
  const lateAt = isExpected && dueAt !== null ? dueAt.getTime() + graceMs : null
  const deadlines = [
    // A run that begins when it is too late already has its own time.
    lateAt !== null && startedAt !== null && startedAt.getTime() >= lateAt ? null : lateAt,
    startedAt === null ? null : startedAt.getTime() + graceMs,
  ].filter((at) => at !== null)
  const downAt = deadlines.length === 0 ? null : new Date(Math.min(...deadlines))
  const view = (state: PingState): CheckView => ({ state, dueAt, downAt: state === 'down' ? null : downAt })
  if (downAt !== null && now >= downAt) return view('down')
  if (startedAt !== null) return view('started')
  if (!isExpected || dueAt === null) return view(status)
  return view(now >= dueAt ? 'grace' : 'up')
}
