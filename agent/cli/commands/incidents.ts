import { counted } from '../../../shared/counted.ts'
import { formatAge } from '../../../shared/duration.ts'
import { Problem } from '../../../shared/errors.ts'
import { nobody, personOf, whyNotGive } from '../../../shared/on-it.ts'
import { ownershipWords, storedOwnership } from '../../../shared/ownership.ts'
import { type CommandInput, commandIncidents } from '../../incidents/commands.ts'
import { listAllIncidents } from '../../store/incident-lookup.ts'
import type { Incident } from '../../store/incident-views.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { incidentNamed } from '../incident-lookup.ts'
import { limitOf } from '../limits.ts'
import { brandNamed, organizationNamed } from '../lookup.ts'
import { noteOf } from '../note.ts'
import { incidentMarks, markFor } from '../output/marks.ts'
import { type Printer, shortId } from '../output/printer.ts'
import type { Cell } from '../output/table.ts'
import { withSession } from '../session.ts'
import { type Ahead, timeAhead } from '../time-ahead.ts'

export interface IncidentsFlags extends GlobalFlags {
  readonly all?: boolean
  readonly brand?: string
  readonly org?: string
  readonly limit?: string
  readonly onIt?: string
}

/** `pm incidents`: what is wrong now; with `--all` also what was. */
export async function showIncidents(context: CliContext, flags: IncidentsFlags): Promise<void> {
  const limit = limitOf(flags.limit, 100)
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const organization = flags.org === undefined ? null : await organizationNamed(database, flags.org)
    const brand = flags.brand === undefined ? null : await brandNamed(database, flags.brand, organization?.id)
    const incidents = await listAllIncidents(database, {
      withResolved: flags.all === true,
      organizationId: organization?.id ?? null,
      brandId: brand?.id ?? null,
      onIt: onItOf(flags.onIt, cliActor(context).operator),
      limit,
    })
    print.answer({ incidents: incidents.map(incidentDocument) }, () =>
      printIncidents(incidents, { limit, empty: emptyLine(flags) }, print),
    )
  })
}

/** Null: whoever; the two words in any case. */
function onItOf(given: string | undefined, operator: string): string | null {
  const name = personOf(given?.trim() ?? null, operator)
  return name?.toLowerCase() === nobody ? nobody : name
}

function emptyLine({ onIt, all }: IncidentsFlags): string {
  if (onIt !== undefined) return 'Nothing. Whoever is on it: pm incidents'
  return all === true ? 'Nothing is wrong, and nothing was.' : 'Nothing is wrong. What was: pm incidents --all'
}

function printIncidents(
  incidents: readonly Incident[],
  { limit, empty }: { readonly limit: number; readonly empty: string },
  print: Printer,
): void {
  if (incidents.length === 0) return print.line(empty)
  print.table(columns, incidents.map(cells))
  if (incidents.length === limit) print.note(`Only the first ${limit} are shown; narrow it down or use --limit.`)
}

const columns = [
  { title: 'state' },
  { title: 'what', shrinksTo: 24 },
  { title: 'since' },
  { title: 'on it', mayGo: true },
  { title: 'id' },
  { title: 'what to do', shrinksTo: 16, mayGo: true },
]

function cells(incident: Incident): Cell[] {
  const { openedAt, resolvedAt, asOf, causeId, summary, id, nextStep, resolution, acknowledgedBy, details, expected } =
    incident
  const effect = causeId === null ? '' : '└ '
  const behind = incident.effects === 0 ? '' : ` (and ${counted(incident.effects, 'effect')})`
  return [
    markFor(incidentMarks, incident.state),
    `${effect}${summary}${behind}${expected === null ? '' : ` Expected: ${expected}`}`,
    formatAge(openedAt, asOf),
    acknowledgedBy ?? '',
    shortId(id),
    resolvedAt === null
      ? [nextStep ?? '', ownershipWords(storedOwnership(details))].join(' ').trim()
      : (resolution ?? ''),
  ]
}

function incidentDocument({ asOf: _read, position: _position, ...incident }: Incident): object {
  return incident
}

export interface ActFlags extends GlobalFlags {
  readonly note?: string
}

export interface AckFlags extends ActFlags {
  readonly for?: string
}

const longestName = 100

/** `pm ack <incident> [--for <name>] [--note]`. */
export async function acknowledge(context: CliContext, text: string, flags: AckFlags): Promise<void> {
  const note = noteOf(flags.note)
  const assignee = flags.for?.trim() ?? null
  if (assignee !== null && (assignee === '' || assignee.length > longestName)) {
    const fix = `Give a name of at most ${longestName} characters, or leave it out: you are on it.`
    throw new Problem('invalid_input', '--for is no name.', { field: '--for', value: assignee, fix })
  }
  const whyNot = assignee === null ? null : whyNotGive(assignee)
  if (whyNot !== null) {
    const fix =
      'Give a name, or leave it out: you are on it. That nobody is on it after all can be said in the console.'
    throw new Problem('invalid_input', `--for ${whyNot}.`, { field: '--for', value: assignee, fix })
  }
  await act(context, text, flags, () => ({ command: 'acknowledge', note, assignee }))
}

export interface SnoozeFlags extends ActFlags {
  readonly for?: string
  readonly until?: string
  readonly untilRecovery?: boolean
}

/** `pm snooze <incident> --for 1h | --until <instant> | --until-recovery`. */
export async function snooze(context: CliContext, text: string, flags: SnoozeFlags): Promise<void> {
  const note = noteOf(flags.note)
  const until = untilOf(flags)
  await act(context, text, flags, (now) => ({ command: 'snooze', until: until?.(now) ?? null, note }))
}

async function act(
  context: CliContext,
  text: string,
  flags: ActFlags,
  input: (now: Date) => CommandInput,
): Promise<void> {
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const incident = await incidentNamed(database, text)
    const chosen = [{ id: incident.id, seenEventId: incident.lastEventId }]
    const [result] = await commandIncidents(database, cliActor(context), chosen, input(incident.asOf))
    const { outcome, message } = result ?? { outcome: 'not_found', message: `There is no incident ${incident.id}.` }
    if (outcome === 'conflict' || outcome === 'not_found') {
      throw new Problem(outcome, message, { field: 'incident', value: incident.id, fix: 'Look again: pm incidents' })
    }
    print.answer({ id: incident.id, outcome, message }, () => print.line(`${incident.summary}\n${message}`))
  })
}

/** Null: until it recovers. */
function untilOf({ for: length, until, untilRecovery = false }: SnoozeFlags): Ahead | null {
  const given = [length, until, untilRecovery || undefined].filter((one) => one !== undefined)
  if (given.length === 1) return untilRecovery ? null : timeAhead({ for: length, until })
  throw new Problem('invalid_input', 'Say once until when: --for, --until or --until-recovery.', {
    field: '--for',
    fix: 'For example --for 1h, --until 2026-01-31T06:00:00Z or --until-recovery.',
  })
}
