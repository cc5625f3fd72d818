import type { HoldFacts } from '../../shared/holds.ts'
import type { HeldBy } from '../store/holds.ts'
import type { Board, BoardBrand } from './board.ts'
import type { BoardCell } from './board-copy.ts'
import { hasFailedSince, isSpent } from './past-failures.ts'

/** What is behind data that is not fresh. */
export type CauseKind =
  | 'no_agent_at_all'
  | 'no_agent'
  | 'running'
  | 'no_job'
  | 'paused'
  | 'held'
  | 'failing'
  | 'overdue'
  | 'never_ran'
  | 'waiting'

export interface Cause {
  readonly kind: CauseKind
  /** Null where it holds for every brand. */
  readonly brandId: string | null
  /** Null where no job type has to do with it. */
  readonly jobType: string | null
  /** Datasets it explains. */
  readonly datasets: readonly string[]
  readonly effects: number
  /** Of `held`; null for any other. */
  readonly hold: HoldFacts | null
}

export interface CauseFacts {
  readonly anyAgentAlive: boolean
  /** Job types that a living agent, or lately another program, can run. */
  readonly runnable: ReadonlySet<string>
  readonly heldBy: HeldBy
}

interface Group {
  readonly kind: CauseKind
  readonly brandId: string | null
  readonly jobType: string | null
  readonly datasets: Set<string>
  readonly hold: HoldFacts | null
  effects: number
}

interface Found {
  readonly kind: CauseKind
  readonly jobType: string | null
  readonly hold?: HoldFacts
}

const namedDatasets = 20

/** What is stale, at risk or never synced, by what is behind it; the one with the most effects first. */
export function findCauses({ asOf, brands }: Board, facts: CauseFacts): Cause[] {
  const groups = new Map<string, Group>()
  const nowMs = asOf.getTime()
  for (const brand of brands) addBrand(groups, brand, facts, nowMs)
  return [...groups.values()]
    .map((group) => ({ ...group, datasets: [...group.datasets] }))
    .toSorted((left, right) => right.effects - left.effects)
}

function addBrand(groups: Map<string, Group>, brand: BoardBrand, facts: CauseFacts, nowMs: number): void {
  for (const [place, cell] of brand.cells.entries()) {
    const word = brand.freshness[place]
    if (word !== 'stale' && word !== 'at_risk' && word !== 'never_synced') continue
    const { kind, jobType, hold = null } = causeOf(cell, brand.id, facts, nowMs)
    const isOfAll = kind === 'no_agent_at_all' || kind === 'no_agent' || (hold !== null && hold.brandId === null)
    const key = `${kind} ${hold?.id ?? jobType ?? ''} ${isOfAll ? '' : brand.id}`
    const group = groups.get(key) ?? {
      kind,
      brandId: isOfAll ? null : brand.id,
      jobType,
      hold,
      datasets: new Set(),
      effects: 0,
    }
    group.effects += 1
    if (group.datasets.size < namedDatasets) group.datasets.add(cell.dataset)
    groups.set(key, group)
  }
}

/** In the order of refreshReason: what runs, what is paused, what is held, who could, what fails, what waits. */
function causeOf(
  { jobs, lastAttempt, lastAttemptMs, lastSuccessMs }: BoardCell,
  brandId: string,
  { anyAgentAlive, runnable, heldBy }: CauseFacts,
  nowMs: number,
): Found {
  const running = jobs.find(({ runningSinceMs }) => runningSinceMs !== null)
  if (running !== undefined) return { kind: 'running', jobType: running.jobType }
  const [first] = jobs
  if (first === undefined) return { kind: 'no_job', jobType: null }
  const planned = jobs.filter((job) => !job.paused && !isSpent(job, lastSuccessMs))
  const paused = jobs.find((job) => job.paused)
  if (planned.length === 0 && paused !== undefined) return { kind: 'paused', jobType: paused.jobType }
  const active = planned.length === 0 ? jobs : planned
  const firstActive = active[0] ?? first
  const hold = heldBy({ brandId, jobType: firstActive.jobType })
  if (hold !== null && active.every(({ jobType }) => heldBy({ brandId, jobType }) !== null)) {
    return { kind: 'held', jobType: hold.jobType, hold }
  }
  const able = active.filter(({ jobType }) => runnable.has(jobType))
  if (able.length === 0) {
    return anyAgentAlive
      ? { kind: 'no_agent', jobType: firstActive.jobType }
      : { kind: 'no_agent_at_all', jobType: null }
  }
  const failed = active.find((job) => hasFailedSince(job, lastSuccessMs))
  if (failed !== undefined) return { kind: 'failing', jobType: failed.jobType }
  if (lastAttempt === 'failed') return { kind: 'failing', jobType: firstActive.jobType }
  const overdue = active.find(({ nextRunMs }) => nextRunMs !== null && nextRunMs < nowMs)
  if (overdue !== undefined) return { kind: 'overdue', jobType: overdue.jobType }
  const neverRan = lastAttemptMs === null && active.every(({ lastRunStatus }) => lastRunStatus === null)
  return { kind: neverRan ? 'never_ran' : 'waiting', jobType: firstActive.jobType }
}
