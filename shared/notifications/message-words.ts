/** The words of messages, the same on every channel. */
import { counted } from '../counted.ts'
import { formatDuration, formatInstant } from '../duration.ts'
import { type IncidentKind, kindRules, type ToldTransition } from '../incidents.ts'
import { ownershipWords } from '../ownership.ts'
import { cleanLine } from './clean-line.ts'
import type { HoldReason } from './dispatch-plan.ts'
import type { NotificationMessage, ToldIncident, TransitionCount } from './message.ts'

const titleLimit = 150

/** How bad it is, for a colour or a sign beside the words. */
export type MessageTone = 'problem' | 'warning' | 'resolved' | 'test'

export function toneOf({ type, incidents, counts }: NotificationMessage): MessageTone {
  if (type === 'test') return 'test'
  const open = [...counts, ...incidents].filter(({ transition }) => transition !== 'resolved')
  if (open.length === 0) return 'resolved'
  return open.every(({ kind }) => severityOf(kind) === 'warning') ? 'warning' : 'problem'
}

export function severityOf(kind: string): 'problem' | 'warning' {
  return isKind(kind) ? kindRules[kind].severity : 'problem'
}

/** `Stale dataset: orders of Birch Coffee`, `Resolved: stale dataset orders of Birch Coffee`. */
export function singleTitle(incident: ToldIncident): string {
  const { one } = wordsOf(incident.kind)
  const thing = thingOf(incident)
  const title = {
    opened: `${capitalized(one)}: ${thing}`,
    reminded: `Still open: ${one} ${thing}`,
    resolved: `Resolved: ${one} ${thing}`,
    escalated: `Nobody is on it: ${one} ${thing}`,
    assigned: `Given to ${incident.assignedTo ?? 'somebody'}: ${one} ${thing}`,
  }[incident.transition]
  return cleanLine(title, titleLimit)
}

/** `1,000 stale datasets and 2 failed runs; 3 incidents resolved`, with why it was held before it. */
export function summaryTitle(counts: readonly TransitionCount[], heldFor: HoldReason | null): string {
  const of = (transition: ToldTransition): TransitionCount[] =>
    counts.filter((entry) => entry.transition === transition)
  const opened = of('opened').map(({ kind, count }) => countedKind(kind, count))
  const parts = [
    opened.length > 3 ? [...opened.slice(0, 3), `${opened.length - 3} more kinds`] : opened,
    totalOf(of('reminded'), 'still open'),
    totalOf(of('resolved'), 'resolved'),
    totalOf(of('escalated'), 'that nobody is on'),
    totalOf(of('assigned'), 'given to somebody'),
  ]
  const words = parts.filter((part) => part.length > 0).map(andList)
  return cleanLine(`${heldFor === null ? '' : heldWords[heldFor]}${words.join('; ')}`, titleLimit)
}

const heldWords = {
  quiet_hours: 'In the quiet hours: ',
  flapping: 'Again and again: ',
} as const satisfies Record<HoldReason, string>

function totalOf(counts: readonly TransitionCount[], what: string): string[] {
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  return total === 0 ? [] : [`${counted(total, 'incident', 'incidents')} ${what}`]
}

function countedKind(kind: string, count: number): string {
  const { one, many } = wordsOf(kind)
  return counted(count, one, many)
}

function andList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

function wordsOf(kind: string): { readonly one: string; readonly many: string } {
  return isKind(kind) ? kindRules[kind] : { one: 'incident', many: 'incidents' }
}

/** A newer program may know more kinds. */
function isKind(kind: string): kind is IncidentKind {
  return Object.hasOwn(kindRules, kind)
}

/** What it is about: `orders of Birch Coffee`. */
function thingOf({ dataset, job, agent, jobType, brand, summary }: ToldIncident): string {
  const thing = dataset ?? job ?? agent ?? jobType
  if (thing === null) return summary
  return brand === null ? thing : `${thing} of ${brand}`
}

function capitalized(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`
}

const sentenceLimit = 1_000

/** What a message says below its title, in sentences. */
export function messageSentences(message: NotificationMessage): string[] {
  if (message.type === 'test') return ['This is a test. If you can read it, this channel works.']
  const [only] = message.incidents
  if (message.type !== 'summary') return only === undefined ? [] : singleSentences(only)
  const total = message.counts.reduce((sum, { count }) => sum + count, 0)
  const more = total - message.incidents.length
  const listed = message.incidents.map((incident) => `• ${singleTitle(incident)}`)
  return more > 0 ? [...listed, `… and ${more.toLocaleString('en-US')} more`] : listed
}

function singleSentences(incident: ToldIncident): string[] {
  const { transition, summary, nextStep, effects, resolution } = incident
  const sentences = transition === 'resolved' ? [resolution ?? 'It is over.', lasted(incident)] : [summary]
  if (transition === 'escalated') sentences.unshift(untaken(incident))
  if (transition === 'assigned') sentences.unshift(given(incident))
  if (transition !== 'resolved') {
    if (effects > 0)
      sentences.push(`${counted(effects, 'more incident is its effect', 'more incidents are its effects')}.`)
    if (nextStep !== null) sentences.push(nextStep)
    const names = ownershipWords(incident)
    if (names !== '') sentences.push(names)
  }
  return sentences.map((sentence) => cleanLine(sentence, sentenceLimit))
}

/** Where it is written what to do about the one thing that is told; null without, and when it is over. */
export function runbookOf({ type, incidents: [only] }: NotificationMessage): string | null {
  return type === 'summary' || type === 'test' || type === 'resolved' ? null : (only?.runbook ?? null)
}

function untaken({ openForMs }: ToldIncident): string {
  return openForMs === null ? 'Nobody is on it.' : `Open for ${formatDuration(openForMs)}, nobody is on it.`
}

function given({ assignedTo, assignedBy }: ToldIncident): string {
  return `${assignedBy ?? 'Somebody'} has given it to ${assignedTo ?? 'somebody'}.`
}

function lasted({ openedAt, resolvedAt }: ToldIncident): string {
  const ms = resolvedAt === null ? Number.NaN : Date.parse(resolvedAt) - Date.parse(openedAt)
  return `It was open for ${Number.isNaN(ms) ? 'an unknown time' : formatDuration(ms)}.`
}

/** Facts of one incident as label and value; empty for a summary and a test. */
export function messageFacts(message: NotificationMessage): [label: string, value: string][] {
  const [only] = message.incidents
  if (only === undefined || message.type === 'summary') return []
  const { brand, dataset, job, jobType, agent, openedAt } = only
  const facts: [string, string | null][] = [
    ['Organization', message.organization?.name ?? null],
    ['Brand', brand],
    ['Dataset', dataset],
    ['Job', job],
    ['Job type', job === null ? jobType : null],
    ['Agent', agent],
    ['Open since', formatInstant(new Date(openedAt))],
  ]
  return facts.flatMap(([label, value]) => (value === null ? [] : [[label, cleanLine(value, 200)]]))
}
