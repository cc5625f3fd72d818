import type { JsonValue } from './domain.ts'
import { canonicalJson } from './json.ts'

/** Through which door it was told. */
export const externalSources = ['lineage', 'ping', 'dbt'] as const
export type ExternalSource = (typeof externalSources)[number]

export const externalStatuses = ['running', 'completed', 'failed', 'cancelled'] as const
export type ExternalStatus = (typeof externalStatuses)[number]

/** Something that was said, and when: what is said later under the same name counts. */
export interface Fact {
  /** ISO 8601, UTC, ms: compared as text. */
  readonly at: string
  readonly value: JsonValue
}

export interface ExternalRunKey {
  readonly organizationId: string
  readonly source: ExternalSource
  /** The program's own name for the run. */
  readonly runKey: string
}

/** What one message says about a run. */
export interface ExternalReport extends ExternalRunKey {
  readonly producer: string
  readonly jobNamespace: string
  readonly jobName: string
  /** The run it is a step of, by the same program's name; null = none was named. */
  readonly parentKey: string | null
  /** Null: the message says nothing about how it goes. */
  readonly status: ExternalStatus | null
  /** When it happened, by the clock of the sender. */
  readonly at: Date
  readonly nominalStartAt: Date | null
  readonly nominalEndAt: Date | null
  /** Of a run that has ended. */
  readonly records: number | null
  readonly error: string | null
  readonly log: string | null
  readonly facts: Readonly<Record<string, Fact>>
  readonly brandId: string | null
  readonly datasetKey: string | null
}

/** What all messages about a run say together. Times as in ExternalReport. */
export interface ExternalRun extends Omit<ExternalReport, 'at'> {
  readonly firstEventAt: Date
  readonly lastEventAt: Date
  /** The earliest and the newest message that says that it runs. */
  readonly startedAt: Date | null
  readonly runningAt: Date | null
  readonly completedAt: Date | null
  readonly logAt: Date | null
}

/** The run as this message alone tells it; of its facts, as many as are kept. */
export function runOfReport({ at, ...report }: ExternalReport): ExternalRun {
  const isRunning = report.status === 'running'
  const isOver = report.status !== null && !isRunning
  return {
    ...report,
    facts: boundedFacts(report.facts),
    records: isOver ? report.records : null,
    error: isOver ? report.error : null,
    firstEventAt: at,
    lastEventAt: at,
    startedAt: isRunning ? at : null,
    runningAt: isRunning ? at : null,
    completedAt: isOver ? at : null,
    logAt: report.log === null ? null : at,
  }
}

/**
 * Two accounts of one run as one. It is commutative, associative and idempotent, so messages may come in any order, any number of times
 * and through any number of agents: an end is never undone by what comes late, and of two ends the later one counts.
 */
export function mergeExternalRuns(one: ExternalRun, other: ExternalRun): ExternalRun {
  const named = later(one, other, identityOf)
  const ended = later(one, other, endOf)
  const logged = later(one, other, logOf)
  const owner = later(one, other, ownerOf)
  return {
    organizationId: one.organizationId,
    source: one.source,
    runKey: one.runKey,
    producer: named.producer,
    jobNamespace: named.jobNamespace,
    jobName: named.jobName,
    parentKey: later(one, other, ({ parentKey }) => [parentKey ?? '']).parentKey,
    firstEventAt: earliest(one.firstEventAt, other.firstEventAt),
    lastEventAt: latest(one.lastEventAt, other.lastEventAt),
    startedAt: earliest(one.startedAt, other.startedAt),
    runningAt: latest(one.runningAt, other.runningAt),
    completedAt: ended.completedAt,
    status: ended.completedAt === null ? (one.status ?? other.status) : ended.status,
    records: ended.records,
    error: ended.error,
    nominalStartAt: earliest(one.nominalStartAt, other.nominalStartAt),
    nominalEndAt: latest(one.nominalEndAt, other.nominalEndAt),
    log: logged.log,
    logAt: logged.logAt,
    facts: mergeFacts(one.facts, other.facts),
    brandId: owner.brandId,
    datasetKey: owner.datasetKey,
  }
}

/** Whether two accounts say the same. */
export function isSameRun(one: ExternalRun, other: ExternalRun): boolean {
  for (const name of Object.keys(one) as (keyof ExternalRun)[]) {
    if (name !== 'facts' && !isSameValue(one[name], other[name])) return false
  }
  const names = Object.keys(one.facts)
  return (
    names.length === Object.keys(other.facts).length &&
    names.every((name) => isSameFact(one.facts[name], other.facts[name]))
  )
}

type PlainValue = ExternalRun[Exclude<keyof ExternalRun, 'facts'>]

function isSameValue(one: PlainValue, other: PlainValue): boolean {
  return one instanceof Date && other instanceof Date ? one.getTime() === other.getTime() : one === other
}

function isSameFact(one: Fact | undefined, other: Fact | undefined): boolean {
  if (one === undefined || other === undefined || one.at !== other.at) return one === other
  return one.value === other.value || canonicalJson(one.value) === canonicalJson(other.value)
}

/** Facts of one kind (the word before the first colon) that a run keeps: the first by name. */
export const mostFactsOfAKind = 100

function boundedFacts(facts: ExternalRun['facts']): ExternalRun['facts'] {
  return Object.keys(facts).length <= mostFactsOfAKind ? facts : mergeFacts(facts, {})
}

function mergeFacts(one: ExternalRun['facts'], other: ExternalRun['facts']): Record<string, Fact> {
  const counts = new Map<string, number>()
  const kept: [string, Fact][] = []
  for (const name of [...new Set([...Object.keys(one), ...Object.keys(other)])].toSorted()) {
    const kind = name.slice(0, Math.max(0, name.indexOf(':')))
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    if (count <= mostFactsOfAKind) kept.push([name, laterFact(one[name], other[name])])
  }
  return Object.fromEntries(kept)
}

function laterFact(one: Fact | undefined, other: Fact | undefined): Fact {
  const [first, second] = [one ?? other, other ?? one]
  if (first === undefined || second === undefined) throw new Error('A fact is named that neither side has.')
  if (first.at !== second.at) return first.at > second.at ? first : second
  // Only of two that were said at one instant it matters what they say.
  return first === second || canonicalJson(first.value) > canonicalJson(second.value) ? first : second
}

type Rank = readonly (string | number)[]

/**
 * What a run says of how it goes names it better than what its steps say of it, which may be told by another program: those count only
 * while there is nothing else.
 */
function identityOf({ runningAt, completedAt, lastEventAt, producer, jobNamespace, jobName }: ExternalRun): Rank {
  const told = latest(runningAt, completedAt)
  const when = told === null ? [-1, lastEventAt.getTime()] : [told.getTime(), 0]
  return [...when, producer, jobNamespace, jobName]
}

const endRank: Readonly<Record<ExternalStatus, number>> = { running: 0, completed: 1, cancelled: 2, failed: 3 }

/** Of two ends at the same instant the worse one counts. */
const endOf = ({ completedAt, status, records, error }: ExternalRun): Rank =>
  completedAt === null || status === null ? [] : [completedAt.getTime(), endRank[status], records ?? -1, error ?? '']

const logOf = ({ log, logAt }: ExternalRun): Rank => (logAt === null ? [] : [logAt.getTime(), log ?? ''])

/** The last by id and name, whatever came first. */
const ownerOf = ({ brandId, datasetKey }: ExternalRun): Rank => [brandId ?? '', datasetKey ?? '']

/** The one whose rank is higher, part by part; a missing part is the lowest. */
function later<Value>(one: Value, other: Value, rankOf: (value: Value) => Rank): Value {
  const [mine, theirs] = [rankOf(one), rankOf(other)]
  for (let at = 0; at < Math.max(mine.length, theirs.length); at += 1) {
    const [a, b] = [mine[at], theirs[at]]
    if (a === b) continue
    if (a === undefined) return other
    if (b === undefined) return one
    return a > b ? one : other
  }
  return one
}

function earliest<Instant extends Date | null>(one: Instant, other: Instant): Instant {
  if (one === null || other === null) return one ?? other
  return one <= other ? one : other
}

function latest<Instant extends Date | null>(one: Instant, other: Instant): Instant {
  if (one === null || other === null) return one ?? other
  return one >= other ? one : other
}
