import type { ExternalReport } from '../../../shared/external-runs.ts'
import {
  type AppliedPing,
  applyPing,
  type CheckFacts,
  type OpenRun,
  type PingEffect,
} from '../../../shared/pings/check.ts'
import type { BatchedOutsideEvent } from '../../store/outside-events.ts'
import type { PingedChange, PingedCheck } from '../../store/pinged-checks.ts'
import { isAwaited } from './keep-policy.ts'
import type { ReceivedPing } from './received-ping.ts'

export type TimedPing = Pick<ReceivedPing, 'kind' | 'exitStatus' | 'rid' | 'log' | 'userAgent' | 'newRunId'> & {
  /** By the database's clock. */
  readonly at: Date
}

/** What the pings of one batch make of one check. */
export interface Folded {
  readonly change: PingedChange
  readonly runs: readonly ExternalReport[]
  readonly events: readonly BatchedOutsideEvent[]
  /** It was paused or resumed, and its pings count again from now. */
  readonly isWoken: boolean
}

/**
 * In the order in which they came. Pings that say the same of the same run are one write, and those that say it of no run in particular
 * are one run: a loop that pings without end does not fill the history.
 */
export function foldPings(check: PingedCheck, pings: readonly TimedPing[]): Folded {
  let facts: CheckFacts = check
  let log: string | null = null
  let before: TimedPing | null = null
  const runs = new Map<string, ExternalReport>()
  const events = new Map<string, BatchedOutsideEvent>()
  const report = (one: ExternalReport): void => {
    const key = `${one.runKey} ${one.status}`
    runs.set(key, { ...one, log: one.log ?? runs.get(key)?.log ?? null })
  }
  for (const received of pings) {
    const ping: TimedPing =
      before !== null && saysTheSame(before, received) ? { ...received, newRunId: before.newRunId } : received
    const applied: AppliedPing = applyPing(facts, ping)
    ;({ facts } = applied)
    before = ping
    for (const run of applied.abandoned) report(abandonedRun(check, run, ping.at))
    if (applied.effect === null) continue
    if (applied.effect.runId === null) log = ping.log ?? log
    else report(runReport(check, applied.effect, applied.effect.runId, ping))
    const event = eventOf(check, applied.effect, ping)
    if (event !== null) events.set(event.status, event)
  }
  const { status, lastPingAt, lastDurationMs, openRuns, resumesByHand } = facts
  return {
    change: {
      id: check.id,
      facts: { status, lastPingAt, lastDurationMs, openRuns, resumesByHand },
      pings: pings.length,
      log,
    },
    runs: [...runs.values()],
    events: [...events.values()],
    isWoken: !isAwaited(check) && status !== check.status,
  }
}

function saysTheSame(one: TimedPing, other: TimedPing): boolean {
  return one.rid === null && other.rid === null && one.kind === other.kind && one.exitStatus === other.exitStatus
}

/** All runs that pings tell of are found under these words. */
const words = { source: 'ping', producer: 'ping', jobNamespace: 'pings' } as const

function runOf(check: PingedCheck, runId: string, at: Date) {
  return {
    ...words,
    organizationId: check.organizationId,
    runKey: `${check.id}:${runId}`,
    jobName: check.name,
    parentKey: null,
    at,
    nominalStartAt: null,
    nominalEndAt: null,
    records: null,
    error: null,
    log: null,
    facts: {},
    brandId: check.brandId,
    datasetKey: check.datasetKey,
  } satisfies Omit<ExternalReport, 'status'>
}

function runReport(check: PingedCheck, effect: PingEffect, runId: string, ping: TimedPing): ExternalReport {
  const said = { rid: ping.rid, exit_status: ping.exitStatus, user_agent: ping.userAgent }
  const at = ping.at.toISOString()
  const facts = Object.entries(said).flatMap(([name, value]) =>
    value === null ? [] : [[name, { at, value }] as const],
  )
  return {
    ...runOf(check, runId, ping.at),
    status: statusOf(effect),
    error: isFailure(effect) ? failureWords(ping) : null,
    log: ping.log,
    facts: Object.fromEntries(facts),
  }
}

function abandonedRun(check: PingedCheck, { runId }: OpenRun, at: Date): ExternalReport {
  return { ...runOf(check, runId, at), status: 'cancelled', error: 'Nothing was heard of its end.' }
}

/** F1 to F3. */
function eventOf(check: PingedCheck, effect: PingEffect, ping: TimedPing): BatchedOutsideEvent | null {
  const status = statusOf(effect)
  if (status === null) return null
  return {
    brandId: check.brandId,
    datasetKey: check.datasetKey,
    organizationId: check.organizationId,
    status,
    attemptedAt: ping.at,
    freshAsOf: null,
    eventKey: `ping ${effect.runId}`,
    recordsAffected: null,
    suspicious: false,
    errorMessage: isFailure(effect) ? failureWords(ping) : null,
    metadata: {},
  }
}

function statusOf(effect: PingEffect): 'running' | 'completed' | 'failed' | null {
  if (effect.type === 'logged') return null
  if (effect.type === 'started') return 'running'
  return effect.succeeded ? 'completed' : 'failed'
}

function isFailure(effect: PingEffect): boolean {
  return effect.type === 'ended' && !effect.succeeded
}

const lineLimit = 500

/** What is known of it: programs say last what stopped them. */
function failureWords({ exitStatus, log }: TimedPing): string {
  const what =
    exitStatus === null ? 'The program says that it failed' : `The program ended with exit status ${exitStatus}`
  const last = log
    ?.split('\n')
    .findLast((line) => line.trim() !== '')
    ?.trim()
  return last === undefined ? `${what}.` : `${what}: ${last.slice(0, lineLimit)}`
}
