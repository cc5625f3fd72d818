import { formatAge, formatInstant } from '../../shared/duration.ts'
import type { CommandOutcome, IncidentEventType } from '../../shared/incidents.ts'
import { isSamePerson } from '../../shared/on-it.ts'
import type { HeldIncident } from '../store/incident-commands.ts'

export const incidentCommands = ['acknowledge', 'unacknowledge', 'snooze', 'wake', 'annotate'] as const
export type IncidentCommand = (typeof incidentCommands)[number]

/** An incident as it is now. */
export type CommandTarget = Pick<
  HeldIncident,
  'resolvedAt' | 'acknowledgedAt' | 'acknowledgedBy' | 'isSnoozed' | 'snoozedUntil' | 'snoozedBy' | 'asOf'
>

export interface GivenCommand {
  readonly command: IncidentCommand
  readonly operator: string
  /** Of `snooze`; null: until it recovers. */
  readonly until: Date | null
  readonly hasNote: boolean
  /** Of `acknowledge`: who is on it; null: the operator. */
  readonly assignee: string | null
}

export interface Judgement {
  readonly outcome: Extract<CommandOutcome, 'applied' | 'unchanged' | 'conflict'>
  /** A whole sentence for who asked. */
  readonly message: string
}

/**
 * Whether a command still makes sense. `news`: what happened to the incident since its operator looked, seconds ago or hours ago without
 * a connection; empty where nothing did, or where they did not say what they saw. A reminder or somebody's note is in nobody's way; what
 * took away the reason for the command is a conflict, and repeating what is so already changes nothing.
 */
export function judgeCommand(
  target: CommandTarget,
  given: GivenCommand,
  news: ReadonlySet<IncidentEventType>,
): Judgement {
  if (given.command === 'annotate') return { outcome: 'applied', message: 'The note is written.' }
  if (target.resolvedAt !== null) return ended(target, target.resolvedAt, given)
  return judges[given.command](target, given, news)
}

type Judge = (target: CommandTarget, given: GivenCommand, news: ReadonlySet<IncidentEventType>) => Judgement

const judges: Readonly<Record<Exclude<IncidentCommand, 'annotate'>, Judge>> = {
  acknowledge: (target, { operator, hasNote, assignee }, news) => {
    const { acknowledgedBy } = target
    const given = assignee === null || isSamePerson(assignee, operator) ? 'Acknowledged.' : `On it: ${assignee}.`
    if (acknowledgedBy === null) return { outcome: 'applied', message: given }
    const by = `${acknowledgedBy} is on it, acknowledged ${formatAge(target.acknowledgedAt, target.asOf)}`
    const isMeant = isSamePerson(acknowledgedBy, assignee ?? operator)
    if (news.has('acknowledged') && !isMeant && !isSamePerson(acknowledgedBy, operator)) {
      return { outcome: 'conflict', message: `${by}.` }
    }
    if (assignee !== null && !isMeant) {
      return { outcome: 'applied', message: `Handed over from ${acknowledgedBy} to ${assignee}.` }
    }
    if (hasNote) return { outcome: 'applied', message: `${by}; the note is written.` }
    return { outcome: 'unchanged', message: `${acknowledgedBy} is on it already.` }
  },
  unacknowledge: (target, { operator }, news) => {
    const { acknowledgedBy } = target
    if (acknowledgedBy === null) return { outcome: 'unchanged', message: 'Nobody has acknowledged it.' }
    if (news.has('acknowledged') && !isSamePerson(acknowledgedBy, operator)) {
      return { outcome: 'conflict', message: `${acknowledgedBy} has acknowledged it since.` }
    }
    return { outcome: 'applied', message: 'It is open again.' }
  },
  snooze: (target, { operator, until }, news) => {
    const isSame = target.isSnoozed && target.snoozedUntil?.getTime() === until?.getTime()
    if (isSame) return { outcome: 'unchanged', message: `It is snoozed ${untilWords(until)} already.` }
    if (target.isSnoozed && news.has('snoozed') && !isSamePerson(target.snoozedBy, operator)) {
      const message = `${target.snoozedBy ?? 'Somebody'} has snoozed it ${untilWords(target.snoozedUntil)} since.`
      return { outcome: 'conflict', message }
    }
    return { outcome: 'applied', message: `Snoozed ${untilWords(until)}.` }
  },
  wake: (target, { operator }, news) => {
    if (!target.isSnoozed) return { outcome: 'unchanged', message: 'It is not snoozed.' }
    if (news.has('snoozed') && !isSamePerson(target.snoozedBy, operator)) {
      return { outcome: 'conflict', message: `${target.snoozedBy ?? 'Somebody'} has snoozed it since.` }
    }
    return { outcome: 'applied', message: 'It is awake again.' }
  },
}

function ended({ asOf }: CommandTarget, resolvedAt: Date, { hasNote }: GivenCommand): Judgement {
  const lost = hasNote ? ' The note was not written.' : ''
  return { outcome: 'conflict', message: `It ended by itself ${formatAge(resolvedAt, asOf)}.${lost}` }
}

function untilWords(until: Date | null): string {
  return until === null ? 'until it recovers' : `until ${formatInstant(until)}`
}
