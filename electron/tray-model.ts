/** What the tray shows, from what is known of the agent: plain data, so that every state can be looked at without a tray. */
import { counted } from '../shared/counted.ts'
import type { FreshnessState } from '../shared/domain.ts'

/** Each has a shape of its own (scripts/icons/): disc, half disc, triangle, ring, dashed ring, bars. */
export const trayIcons = ['ok', 'at_risk', 'problems', 'running', 'offline', 'paused'] as const
export type TrayIcon = (typeof trayIcons)[number]

export interface BrandHealth {
  readonly name: string
  readonly place: string
  /** Datasets of it in each state. */
  readonly counts: Readonly<Record<FreshnessState, number>>
}

export interface TrayFacts {
  /** `none`: it is set up, starting, stopping or has failed. */
  readonly agent: { readonly state: 'none'; readonly words: string } | { readonly state: 'working' }
  /** Why the database cannot be used; null while it can. */
  readonly offline: string | null
  readonly brands: readonly BrandHealth[]
  /** Open incidents that nobody is on and no rule keeps quiet, however many; the newest of them by name. */
  readonly problems: number
  readonly newest: readonly { readonly summary: string; readonly place: string }[]
  readonly running: number
  readonly favourites: readonly { readonly jobId: string; readonly name: string }[]
  /** In words of this device, `15:30`; null = it is not so. */
  readonly pausedUntil: string | null
  readonly quietUntil: string | null
  /** Whether this device claims work at all. */
  readonly isWatching: boolean
}

export type TrayAction =
  | { readonly type: 'open'; readonly place: string | null }
  | { readonly type: 'run'; readonly jobId: string }
  | { readonly type: 'pause'; readonly minutes: number }
  | { readonly type: 'quiet'; readonly minutes: number }
  | { readonly type: 'quit' }

export type TrayEntry =
  | { readonly type: 'line' }
  /** Without an action it only says something. */
  | { readonly type: 'entry'; readonly label: string; readonly action: TrayAction | null }
  | { readonly type: 'submenu'; readonly label: string; readonly entries: readonly TrayEntry[] }

export interface TrayModel {
  readonly icon: TrayIcon
  /** Beside the icon where the system has room for it, `3`; empty otherwise. */
  readonly title: string
  /** The state in words. */
  readonly tooltip: string
  readonly entries: readonly TrayEntry[]
}

const listed = { brands: 5, problems: 5 }
/** Windows shows 127 characters of a tooltip. */
const limits = { tooltip: 120, label: 80 }

export function trayModel(facts: TrayFacts): TrayModel {
  const icon = iconOf(facts)
  const answer = answerOf(facts)
  return {
    icon,
    title: icon === 'problems' ? String(facts.problems) : '',
    tooltip: cut(answer, limits.tooltip),
    entries: [entry(answer, { type: 'open', place: null }), line, ...body(facts), ...controls(facts)],
  }
}

function iconOf({ agent, offline, problems, brands, running, pausedUntil }: TrayFacts): TrayIcon {
  if (agent.state === 'none' || offline !== null) return 'offline'
  if (problems > 0) return 'problems'
  if (pausedUntil !== null) return 'paused'
  if (running > 0) return 'running'
  return brands.some(({ counts }) => counts.at_risk > 0 || lateOf(counts) > 0) ? 'at_risk' : 'ok'
}

/** The sentence that an operator would say. */
function answerOf(facts: TrayFacts): string {
  const { agent, offline, problems, brands, running, pausedUntil } = facts
  if (agent.state === 'none') return agent.words
  if (offline !== null) return `Without the database: ${offline}`
  const late = brands.reduce((sum, { counts }) => sum + lateOf(counts), 0)
  const atRisk = brands.reduce((sum, { counts }) => sum + counts.at_risk, 0)
  const parts = [
    problems > 0 ? counted(problems, 'problem') : null,
    late > 0 ? `${counted(late, 'dataset')} not fresh` : null,
    atRisk > 0 ? `${atRisk} at risk` : null,
    running > 0 ? `${running} running` : null,
    pausedUntil === null ? null : `paused until ${pausedUntil}`,
  ].filter((part) => part !== null)
  const isWell = problems === 0 && late === 0 && atRisk === 0
  return [...(isWell ? ['All fresh'] : []), ...parts].join(' · ')
}

function body({ agent, brands, newest, problems, favourites }: TrayFacts): TrayEntry[] {
  if (agent.state === 'none') return []
  const worst = brands.filter((brand) => weight(brand) > 0).toSorted((one, other) => weight(other) - weight(one))
  const more = problems - Math.min(newest.length, listed.problems)
  return [
    ...worst.slice(0, listed.brands).map((brand) => entry(brandWords(brand), open(brand.place))),
    ...(worst.length > 0 ? [line] : []),
    ...newest.slice(0, listed.problems).map(({ summary, place }) => entry(summary, open(place))),
    ...(newest.length > 0 && more > 0 ? [entry(`${more} more…`, { type: 'open', place: null })] : []),
    ...(newest.length > 0 ? [line] : []),
    ...runNow(favourites),
  ]
}

function runNow(favourites: TrayFacts['favourites']): TrayEntry[] {
  if (favourites.length === 0) return []
  const entries = favourites.map(({ jobId, name }) => entry(name, { type: 'run', jobId }))
  return [{ type: 'submenu', label: 'Run now', entries }, line]
}

function controls({ agent, pausedUntil, quietUntil, isWatching }: TrayFacts): TrayEntry[] {
  const pause =
    pausedUntil === null
      ? entry('Pause this agent for 1 h', { type: 'pause', minutes: 60 })
      : entry(`Resume this agent (paused until ${pausedUntil})`, { type: 'pause', minutes: 0 })
  const quiet =
    quietUntil === null
      ? entry('Do not disturb for 1 h', { type: 'quiet', minutes: 60 })
      : entry(`Show notifications again (quiet until ${quietUntil})`, { type: 'quiet', minutes: 0 })
  return [
    ...(agent.state === 'working' && !isWatching ? [pause] : []),
    quiet,
    line,
    entry('Open console', { type: 'open', place: null }),
    entry('Settings of this device…', open('/settings')),
    line,
    entry('Quit Pipeline Manager', { type: 'quit' }),
  ]
}

function brandWords({ name, counts }: BrandHealth): string {
  const parts = [
    counts.stale > 0 ? `${counts.stale} stale` : null,
    counts.never_synced > 0 ? `${counts.never_synced} never synced` : null,
    counts.at_risk > 0 ? `${counts.at_risk} at risk` : null,
  ].filter((part) => part !== null)
  return `${cut(name, 40)}: ${parts.join(', ')}`
}

function lateOf({ stale, never_synced }: BrandHealth['counts']): number {
  return stale + never_synced
}

/** Stale before never synced before at risk, however many of the lesser there are. */
function weight({ counts }: BrandHealth): number {
  return counts.stale * 1e8 + counts.never_synced * 1e4 + counts.at_risk
}

const line: TrayEntry = { type: 'line' }

function open(place: string): TrayAction {
  return { type: 'open', place }
}

function entry(label: string, action: TrayAction | null): TrayEntry {
  return { type: 'entry', label: cut(label, limits.label).replaceAll('&', '&&'), action }
}

/** Names come from a database: one line, no invisible controls. */
function cut(text: string, most: number): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').trim()
  return plain.length > most ? `${plain.slice(0, most - 1).toWellFormed()}…` : plain
}
