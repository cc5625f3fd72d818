import type { Identity } from './context.ts'

/** What has to be known about a call so that its answers can be kept and found again. Everything else is kept as it is. */
export interface Peculiarity {
  /** The question that this one is another form of. `now` is the database's clock. */
  readonly question?: (input: Fields, now: Date) => Fields
  /** The answer as it is for this caller, where it says who asks. */
  readonly forCaller?: (answer: Fields, identity: Identity) => Fields
}

export type Fields = Readonly<Record<string, unknown>>

/** Ranges that the console offers, hours; each reaches until now. */
const rangeHours = [1, 24, 7 * 24, 30 * 24]
/** A page that stays open keeps the start of its range, so that it grows: up to this much it is still taken for the same. */
const mostGrowth = 1.3
const hourMs = 3_600_000

/** "The last 24 hours" is another instant each minute, and the same question. */
function slidingRange(input: Fields, now: Date): Fields {
  const { from, to } = input
  if (typeof from !== 'string' || to !== null) return input
  const hours = (now.getTime() - Date.parse(from)) / hourMs
  const range = rangeHours.find((offered) => hours > offered / mostGrowth && hours < offered * mostGrowth)
  return range === undefined ? input : { ...input, from: `the last ${range} h` }
}

export const peculiarities: Readonly<Record<string, Peculiarity>> = {
  'session.get': { forCaller: (answer, { operator, scope }) => ({ ...answer, operator, scope }) },
  'runs.list': { question: slidingRange },
  'runs.summary': { question: slidingRange },
  'externalRuns.list': { question: slidingRange },
  'externalRuns.summary': { question: slidingRange },
}
