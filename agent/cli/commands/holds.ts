import { formatAge, formatInstant } from '../../../shared/duration.ts'
import { Problem } from '../../../shared/errors.ts'
import { type HoldState, heldThing, holdState } from '../../../shared/holds.ts'
import { changeHold, createHold, endHold, type HoldOutcome } from '../../jobs/change-hold.ts'
import type { Database } from '../../store/database.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { type Hold, listHolds } from '../../store/holds.ts'
import { listOrganizations } from '../../store/organizations.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed, idPart, oneNamed, organizationNamed } from '../lookup.ts'
import type { Mark } from '../output/marks.ts'
import { shortId } from '../output/printer.ts'
import type { Cell } from '../output/table.ts'
import { type PlaceFlags, placeOf } from '../place-flags.ts'
import { type Session, withSession } from '../session.ts'
import { timeAhead } from '../time-ahead.ts'

export interface HoldFlags extends PlaceFlags {
  readonly type?: string
  readonly from?: string
  readonly for?: string
  readonly until?: string
  readonly reason: string
}

/** `pm hold`: nothing that fits starts until then. */
export async function hold(context: CliContext, flags: HoldFlags): Promise<void> {
  const { type = null, from, for: length, until, reason } = flags
  const begins = from === undefined ? null : timeAhead({ for: undefined, until: from }, '--from')
  const ends = length === undefined && until === undefined ? null : timeAhead({ for: length, until })
  await withSession(context, flags, 'write', async (session) => {
    const { database } = session
    const about = await aboutOf(database, flags)
    const now = await databaseNow(database)
    const startsAt = begins === null ? null : new Date(begins(now))
    // A length counts from the start.
    const endsAt = ends === null ? null : new Date(ends(until === undefined ? (startsAt ?? now) : now))
    tell(session, await createHold(database, cliActor(context), { ...about, jobType: type, startsAt, endsAt, reason }))
  })
}

async function aboutOf(
  database: Database,
  { org, brand }: PlaceFlags,
): Promise<{ readonly organizationId: string; readonly brandId: string | null }> {
  const asked = org === undefined ? null : (await organizationNamed(database, org)).id
  if (brand !== undefined) {
    const { id, organizationId } = await brandNamed(database, brand, asked)
    return { organizationId, brandId: id }
  }
  if (asked !== null) return { organizationId: asked, brandId: null }
  const [only, ...others] = await listOrganizations(database)
  if (only !== undefined && others.length === 0) return { organizationId: only.id, brandId: null }
  throw new Problem('invalid_input', 'Nothing says whose work is to be held.', {
    field: '--org',
    fix: 'Name a brand with --brand, or an organization with --org for all of its brands.',
  })
}

/** `pm holds`: in force, planned, and those of the last days. */
export async function showHolds(context: CliContext, flags: PlaceFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const holds = await listHolds(database, await placeOf(database, flags))
    print.answer({ holds: holds.map(holdDocument) }, () => {
      if (holds.length === 0)
        return print.line('Nothing is held. Hold something: pm hold --brand <name> --until <instant> --reason <why>')
      print.table(columns, holds.map(cells))
    })
  })
}

const columns = [
  { title: 'state' },
  { title: 'what', shrinksTo: 14 },
  { title: 'from' },
  { title: 'until' },
  { title: 'by', shrinksTo: 8 },
  { title: 'id' },
  { title: 'reason', shrinksTo: 16 },
]

const holdMarks = {
  in_force: { shape: '◫', word: 'in force', color: 'yellow' },
  planned: { shape: '○', word: 'planned', color: 'gray' },
  over: { shape: '✔', word: 'over', color: 'gray' },
} as const satisfies Record<HoldState, Mark>

function cells(one: Hold): Cell[] {
  const { brandName, jobType, startsAt, endsAt, endedAt, endedBy, createdBy, id, reason, asOf } = one
  const end = endedAt ?? endsAt
  const ended = endedBy === null ? '' : ` by ${endedBy}`
  return [
    holdMarks[holdState(one, asOf)],
    heldThing(brandName, jobType),
    formatAge(startsAt, asOf),
    end === null ? 'it is ended' : `${formatInstant(end)}${ended}`,
    createdBy,
    shortId(id),
    reason,
  ]
}

/** As `--json` has it. */
export function holdDocument({ asOf, ...one }: Hold): object {
  return { ...one, state: holdState({ ...one }, asOf) }
}

/** `pm release <hold>`: it ends now, or with `--until` at another time than it would. Repeating it changes nothing and says so. */
export async function release(
  context: CliContext,
  text: string,
  flags: GlobalFlags & { readonly until?: string },
): Promise<void> {
  const ends = flags.until === undefined ? null : timeAhead({ for: undefined, until: flags.until })
  await withSession(context, flags, 'write', async (session) => {
    const { database } = session
    const place = await holdNamed(database, text)
    const actor = cliActor(context)
    if (ends === null) return tell(session, await endHold(database, actor, place))
    const endsAt = new Date(ends(await databaseNow(database)))
    tell(session, await changeHold(database, actor, { ...place, endsAt }))
  })
}

/** One that is over, so that it can be released twice, by its whole id or the beginning of it. */
async function holdNamed(database: Database, text: string) {
  const holds = await listHolds(database, { organizationId: null, brandId: null })
  const named = holds.map((one) => ({ ...one, name: heldThing(one.brandName, one.jobType) }))
  const [open, over] = [
    named.filter((one) => holdState(one, one.asOf) !== 'over'),
    named.filter((one) => holdState(one, one.asOf) === 'over'),
  ]
  const part = idPart(text.trim())
  const [ended, ...others] = part === '' ? [] : over.filter(({ id }) => id.startsWith(part))
  const wanted = text.trim().toLowerCase()
  const isOpen = open.some(({ id, name }) => (part !== '' && id.startsWith(part)) || name.toLowerCase() === wanted)
  if (ended !== undefined && others.length === 0 && !isOpen) {
    return { holdId: ended.id, organizationId: ended.organizationId }
  }
  const { id, organizationId } = oneNamed(open, text, {
    kind: 'hold',
    field: 'hold',
    list: 'List them: pm holds',
    create: 'pm hold --brand <name> --until <instant> --reason <why>',
    describe: (one) => `${one.name}: ${one.reason} (${one.id})`,
  })
  return { holdId: id, organizationId }
}

function tell({ print }: Session, { hold: one, changed, message }: HoldOutcome): void {
  print.answer({ changed, message, hold: holdDocument(one) }, () => {
    print.line(`${message} (hold ${shortId(one.id)})`)
    if (changed && one.endedAt === null) print.line(`End it: pm release ${shortId(one.id)}`)
  })
}
