import type { Due } from './due.ts'
import { staleMsOf } from './freshness.ts'

/*
 * How fresh it was. Everything follows from the gaps between successes: in one that is longer than the maximum age the data went stale, at the
 * instant at which F5 says so, until the next success. Judged by the maximum age and the due time of today, as the band of one dataset is: what
 * they were then is not kept. Before the first success that is known, nothing is judged. Instants are ms since 1970.
 */

/** A success that made the data newer, and the next one; null = there has been none since. Gaps that no maximum minds may be left out. */
export interface Gap {
  /** When it succeeded. */
  readonly madeMs: number
  /** As of when the data is that it brought: earlier where it was for old days. */
  readonly asOfMs: number
  readonly nextMs: number | null
}

/** From when until when it was stale. */
export interface Spell {
  readonly fromMs: number
  readonly untilMs: number
  /** It has not recovered: `untilMs` is now. */
  readonly isOpen: boolean
}

export interface Judgement {
  readonly maxAgeHours: number
  readonly due: Due | null
  readonly nowMs: number
}

/** `gaps`: ascending, with those of the last success. What brought data that was stale by then has ended nothing. */
export function staleSpells(gaps: readonly Gap[], { maxAgeHours, due, nowMs }: Judgement): Spell[] {
  const spells: Spell[] = []
  for (const { madeMs, asOfMs, nextMs } of gaps) {
    const fromMs = Math.max(staleMsOf(asOfMs, maxAgeHours, due), madeMs)
    const untilMs = nextMs ?? nowMs
    if (fromMs >= untilMs) continue
    const before = spells.at(-1)
    if (before?.untilMs === fromMs) spells.pop()
    spells.push({ fromMs: before?.untilMs === fromMs ? before.fromMs : fromMs, untilMs, isOpen: nextMs === null })
  }
  return spells
}

/** What one dataset did in a window, or several together: each can be added up. */
export interface Figures {
  /** For how long there was data and a policy to judge it by, ms. */
  readonly judgedMs: number
  readonly staleMs: number
  /** How often it went stale. */
  readonly timesStale: number
  /** The longest time it was stale, as far as that lies in the window, ms. */
  readonly longestMs: number
  /** How often it became fresh again, and for how long it had been stale then, all together, ms. */
  readonly recoveries: number
  readonly recoveryMs: number
  readonly attempts: number
  readonly successes: number
  /** Datasets that are judged. */
  readonly judged: number
  /** Of those, stale at its end. */
  readonly staleNow: number
}

export const noFigures: Figures = {
  judgedMs: 0,
  staleMs: 0,
  timesStale: 0,
  longestMs: 0,
  recoveries: 0,
  recoveryMs: 0,
  attempts: 0,
  successes: 0,
  judged: 0,
  staleNow: 0,
}

export interface Window {
  readonly fromMs: number
  readonly untilMs: number
}

export interface Tries {
  readonly attempts: number
  readonly successes: number
}

/** `spells` null: nothing says how old it may be. `firstMs` null: it never succeeded. */
export function figuresOf(
  {
    firstMs,
    spells,
    tries,
  }: { readonly firstMs: number | null; readonly spells: readonly Spell[] | null; readonly tries: Tries },
  { fromMs, untilMs }: Window,
): Figures {
  if (spells === null || firstMs === null || firstMs >= untilMs) return { ...noFigures, ...tries }
  const within = spells.filter((spell) => spell.untilMs > fromMs && spell.fromMs < untilMs)
  const lengths = within.map((spell) => Math.min(spell.untilMs, untilMs) - Math.max(spell.fromMs, fromMs))
  const over = within.filter((spell) => !spell.isOpen && spell.untilMs <= untilMs)
  return {
    judgedMs: untilMs - Math.max(fromMs, firstMs),
    staleMs: sum(lengths),
    timesStale: within.filter((spell) => spell.fromMs >= fromMs).length,
    longestMs: Math.max(0, ...lengths),
    recoveries: over.length,
    recoveryMs: sum(over.map((spell) => spell.untilMs - spell.fromMs)),
    ...tries,
    judged: 1,
    staleNow: within.some((spell) => spell.isOpen || spell.untilMs > untilMs) ? 1 : 0,
  }
}

/** Of several datasets, or brands, together. */
export function addFigures(all: readonly Figures[]): Figures {
  return all.reduce(
    (left, right) => ({
      judgedMs: left.judgedMs + right.judgedMs,
      staleMs: left.staleMs + right.staleMs,
      timesStale: left.timesStale + right.timesStale,
      longestMs: Math.max(left.longestMs, right.longestMs),
      recoveries: left.recoveries + right.recoveries,
      recoveryMs: left.recoveryMs + right.recoveryMs,
      attempts: left.attempts + right.attempts,
      successes: left.successes + right.successes,
      judged: left.judged + right.judged,
      staleNow: left.staleNow + right.staleNow,
    }),
    noFigures,
  )
}

/** Share of the judged time in which it was fresh, 0 to 1; null where nothing is judged. */
export function freshShare({ judgedMs, staleMs }: Pick<Figures, 'judgedMs' | 'staleMs'>): number | null {
  return judgedMs <= 0 ? null : Math.max(0, 1 - staleMs / judgedMs)
}

/** Share of the attempts that succeeded, 0 to 1; null without any. */
export function successRate({ attempts, successes }: Tries): number | null {
  return attempts === 0 ? null : successes / attempts
}

/** ms; null when it never recovered. */
export function meanRecoveryMs({ recoveries, recoveryMs }: Pick<Figures, 'recoveries' | 'recoveryMs'>): number | null {
  return recoveries === 0 ? null : recoveryMs / recoveries
}

/** What a page asks of a dataset. */
export interface NeededHistory {
  readonly firstMs: number | null
  /** By the page's own maximum. */
  readonly spells: readonly Spell[]
}

/**
 * At how many of these moments a page had all it needs, and of how many. Those before the last of its datasets succeeded for the first time are
 * not counted; one that never has makes it not ready at any.
 */
export function readyAt(needs: readonly NeededHistory[], moments: readonly number[]): { ready: number; of: number } {
  const firsts = needs.flatMap(({ firstMs }) => (firstMs === null ? [] : [firstMs]))
  const since = firsts.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...firsts)
  const counted = moments.filter((at) => at >= since)
  const ready = counted.filter((at) => needs.every((need) => isFreshAt(need, at)))
  return { ready: ready.length, of: counted.length }
}

/** The instant at which it goes stale still is fresh (F5). */
function isFreshAt({ firstMs, spells }: NeededHistory, at: number): boolean {
  return firstMs !== null && !spells.some(({ fromMs, untilMs, isOpen }) => fromMs < at && (at < untilMs || isOpen))
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}
