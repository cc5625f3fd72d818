import { formatDuration } from '../../../shared/duration.ts'
import type { Connection, DatabaseWord } from '../../client/live.tsx'
import { quietMs } from '../../client/until-silent.ts'

export interface ConnectionWords {
  readonly tone: 'good' | 'warning' | 'bad' | 'neutral'
  /** A few words for the header. */
  readonly text: string
  /** The whole of it: why, since when, how it goes on. */
  readonly detail: string
}

export interface ConnectionFacts {
  readonly connection: Connection
  /** Since the agent was last heard, ms; null before the first time. */
  readonly silenceMs: number | null
  /** Age of the newest answer on screen, ms; null when nothing is on screen. */
  readonly dataAgeMs: number | null
  /** How long the connection has been in its state, ms. */
  readonly forMs: number
  /** "14:02" */
  readonly sinceText: string
  /** As of when what is on screen was known, where it is an older answer that the agent has kept: "14:01". */
  readonly keptText: string | null
}

/** What the connection is like, in words. */
export function connectionWords(facts: ConnectionFacts): ConnectionWords {
  const { connection, silenceMs } = facts
  if (connection.state === 'connecting') {
    return { tone: 'neutral', text: 'connecting', detail: 'Asking the agent to tell of changes.' }
  }
  if (connection.state === 'polling') return polling(facts)
  if (connection.state !== 'live') return without(facts, connection.state, connection.database)
  if ((silenceMs ?? 0) > quietMs) return quiet(silenceMs ?? 0)
  if (facts.keptText !== null) return kept(facts.keptText)
  return connection.note === null ? live(silenceMs ?? 0) : lookedFor(connection.note)
}

function polling(facts: ConnectionFacts): ConnectionWords {
  return {
    tone: 'warning',
    text: `polling since ${facts.sinceText}`,
    detail: `The agent's stream of changes broke ${formatDuration(facts.forMs)} ago. What is on screen is asked anew every 10 s; ${age(facts)}. Being live again is tried by itself.`,
  }
}

const withoutText = { offline: 'offline', limited: 'read only' } as const

/** The banner below the header has the rest: what to do, and when it is tried again. */
function without(facts: ConnectionFacts, state: 'offline' | 'limited', { reason }: DatabaseWord): ConnectionWords {
  return {
    tone: state === 'offline' ? 'bad' : 'warning',
    text: `${withoutText[state]} since ${facts.sinceText}`,
    detail: `${reason ?? 'The database has not answered yet.'} It is tried again by itself; ${age(facts)}.`,
  }
}

/** The database is there, and too slow for what was asked. */
function kept(keptText: string): ConnectionWords {
  return {
    tone: 'warning',
    text: `as of ${keptText}`,
    detail: `The database did not answer in time: some of what is on screen was known at ${keptText}. It is asked again by itself.`,
  }
}

function lookedFor(note: string): ConnectionWords {
  return { tone: 'warning', text: 'live, a few seconds late', detail: note }
}

function live(silenceMs: number): ConnectionWords {
  const seconds = Math.floor(silenceMs / 1_000)
  return {
    tone: 'good',
    text: `live · ${seconds} s`,
    detail: 'Changes made by anybody are here within a second. The agent last said so that many seconds ago.',
  }
}

function quiet(silenceMs: number): ConnectionWords {
  return {
    tone: 'warning',
    text: `no word for ${formatDuration(silenceMs)}`,
    detail: 'The agent says something every 5 s while all is well. What is on screen may be older than it looks.',
  }
}

function age({ dataAgeMs, keptText }: ConnectionFacts): string {
  if (keptText !== null) return `what is on screen is as of ${keptText}`
  return dataAgeMs === null ? 'nothing has been loaded yet' : `the data on screen is ${formatDuration(dataAgeMs)} old`
}
