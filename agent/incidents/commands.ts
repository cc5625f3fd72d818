/**
 * What operators do to incidents, through whichever door. Every command is one transaction that holds the incidents, judges each by what
 * its operator saw, changes those where it makes sense, and writes who did it (operator_actions).
 */
import type { JsonObject } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import type { CommandOutcome } from '../../shared/incidents.ts'
import { isSamePerson, personOf } from '../../shared/on-it.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import {
  changeIncidents,
  type HeldIncident,
  holdIncidents,
  type IncidentChange,
  listEventsSince,
} from '../store/incident-commands.ts'
import { lockIncidents } from '../store/incident-round.ts'
import { type Actor, insertOperatorActions } from '../store/operator-actions.ts'
import { type IncidentCommand, type Judgement, judgeCommand } from './judge-command.ts'

export interface ChosenIncident {
  readonly id: string
  /** The latest event that its operator saw; null where they did not say. */
  readonly seenEventId: string | null
}

export interface CommandResult {
  readonly id: string
  readonly outcome: CommandOutcome
  readonly message: string
}

export type CommandInput =
  /** `assignee`: who is on it; null: whoever says so. */
  | { readonly command: 'acknowledge'; readonly note: string | null; readonly assignee: string | null }
  | { readonly command: 'unacknowledge' }
  /** `until`: ISO 8601; null: until it recovers. */
  | { readonly command: 'snooze'; readonly until: string | null; readonly note: string | null }
  | { readonly command: 'wake' }
  | { readonly command: 'annotate'; readonly note: string }

const eventTypes = {
  acknowledge: 'acknowledged',
  unacknowledge: 'unacknowledged',
  snooze: 'snoozed',
  wake: 'woken',
  annotate: 'noted',
} as const satisfies Record<IncidentCommand, IncidentChange['type']>

/** `chosen` without doubles, all of them the operator's to change. @throws Problem `invalid_input` for an impossible time. */
export async function commandIncidents(
  database: DatabasePool,
  actor: Actor,
  chosen: readonly ChosenIncident[],
  input: CommandInput,
): Promise<CommandResult[]> {
  const until = input.command === 'snooze' ? input.until : null
  const ids = chosen.map(({ id }) => id)
  if (until !== null) checkUntil(until, await databaseNow(database))
  return database.transaction(async (transaction) => {
    await lockIncidents(transaction)
    const held = await heldById(transaction, ids)
    const news = await listEventsSince(
      transaction,
      chosen.flatMap(({ id, seenEventId: eventId }) => (eventId === null ? [] : [{ id, eventId }])),
      actor.operator,
    )
    const note = 'note' in input ? input.note : null
    const assignee = 'assignee' in input ? personOf(input.assignee, actor.operator) : null
    const given = {
      command: input.command,
      operator: actor.operator,
      until: until === null ? null : new Date(until),
      hasNote: note !== null,
      assignee,
    }
    const judged = chosen.flatMap(({ id }) => {
      const incident = held.get(id.toLowerCase())
      if (incident === undefined) return []
      return [{ incident, ...judgeCommand(incident, given, news.get(incident.id) ?? new Set()) }]
    })
    await apply(transaction, actor, judged, { command: input.command, note, until, assignee })
    const results = new Map(judged.map(({ incident, outcome, message }) => [incident.id, { outcome, message }]))
    return chosen.map(({ id }) => ({ id, ...(results.get(id.toLowerCase()) ?? missing(id)) }))
  })
}

async function heldById(transaction: Database, ids: readonly string[]): Promise<ReadonlyMap<string, HeldIncident>> {
  return new Map((await holdIncidents(transaction, ids)).map((incident) => [incident.id, incident]))
}

export function missing(id: string): Pick<CommandResult, 'outcome' | 'message'> {
  return { outcome: 'not_found', message: `There is no incident ${id}.` }
}

async function apply(
  transaction: Database,
  actor: Actor,
  judged: readonly ({ readonly incident: HeldIncident } & Judgement)[],
  { command, ...given }: Pick<IncidentChange, 'note' | 'until' | 'assignee'> & { readonly command: IncidentCommand },
): Promise<void> {
  const applied = judged.filter(({ outcome }) => outcome === 'applied').map(({ incident }) => incident)
  // A note to what somebody has acknowledged already leaves their name on it.
  const isNoteOnly = ({ acknowledgedAt, acknowledgedBy }: HeldIncident): boolean =>
    command === 'acknowledge' &&
    acknowledgedAt !== null &&
    isSamePerson(given.assignee ?? acknowledgedBy, acknowledgedBy)
  const change = { ...given, operator: actor.operator }
  const idsOf = (incidents: readonly HeldIncident[]): string[] => incidents.map(({ id }) => id)
  const changed = applied.filter((incident) => !isNoteOnly(incident))
  await changeIncidents(transaction, idsOf(changed), { ...change, type: eventTypes[command] })
  await changeIncidents(transaction, idsOf(applied.filter(isNoteOnly)), { ...change, type: 'noted' })
  const after = await heldById(transaction, idsOf(applied))
  await insertOperatorActions(
    transaction,
    actor,
    applied.map((before) => ({
      organizationId: before.organizationId,
      action: `incident.${isNoteOnly(before) ? 'annotate' : command}`,
      subjectType: 'incident',
      subjectId: before.id,
      before: documentOf(before),
      after: documentOf(after.get(before.id) ?? before),
    })),
  )
}

/** The part of an incident that people change. */
function documentOf({ acknowledgedBy, isSnoozed, snoozedUntil, snoozedBy, note }: HeldIncident): JsonObject {
  const until = isSnoozed ? (snoozedUntil?.toISOString() ?? 'until it recovers') : null
  return { acknowledgedBy, snoozedUntil: until, snoozedBy: isSnoozed ? snoozedBy : null, note }
}

const longestDays = 90
const dayMs = 86_400_000

/** @throws Problem `invalid_input` for what is over already, or too far away to be meant. */
export function checkUntil(until: string, now: Date): void {
  const aheadMs = new Date(until).getTime() - now.getTime()
  if (aheadMs > 0 && aheadMs <= longestDays * dayMs) return
  const message = aheadMs > 0 ? `until is more than ${longestDays} days away.` : 'until is over already.'
  throw new Problem('invalid_input', `${message} The database's clock says ${now.toISOString()}.`, {
    field: 'until',
    value: until,
    fix: `Give a time within the next ${longestDays} days, like 2026-01-31T06:00:00Z, or none: until it recovers.`,
  })
}
