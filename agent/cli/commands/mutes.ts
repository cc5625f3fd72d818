import { counted } from '../../../shared/counted.ts'
import { formatAge } from '../../../shared/duration.ts'
import { Problem } from '../../../shared/errors.ts'
import { incidentKinds } from '../../../shared/incidents.ts'
import { addMuteRule, removeMuteRule } from '../../incidents/mutes.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { listMuteRules, type MuteRule } from '../../store/mute-rules.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { oneOf } from '../limits.ts'
import { brandNamed, organizationNamed } from '../lookup.ts'
import { noteOf } from '../note.ts'
import { shortId } from '../output/printer.ts'
import type { Cell } from '../output/table.ts'
import { withSession } from '../session.ts'
import { timeAhead } from '../time-ahead.ts'

export interface MuteFlags extends GlobalFlags {
  readonly org: string
  readonly brand?: string
  readonly dataset?: string
  readonly type?: string
  readonly kind?: string
  readonly for?: string
  readonly until?: string
  readonly note?: string
}

/** `pm mute --org …`: a rule that keeps what fits it quiet (N3). */
export async function mute(context: CliContext, flags: MuteFlags): Promise<void> {
  const kind = flags.kind === undefined ? null : oneOf(incidentKinds, flags.kind, '--kind')
  const { for: length, until } = flags
  const ends = length === undefined && until === undefined ? null : timeAhead({ for: length, until })
  const note = noteOf(flags.note)
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const organization = await organizationNamed(database, flags.org)
    const brand = flags.brand === undefined ? null : await brandNamed(database, flags.brand, organization.id)
    const rule = await addMuteRule(database, cliActor(context), {
      organizationId: organization.id,
      brandId: brand?.id ?? null,
      datasetKey: flags.dataset ?? null,
      jobType: flags.type ?? null,
      kind,
      until: ends?.(await databaseNow(database)) ?? null,
      note,
    })
    print.answer({ rule: ruleDocument(rule) }, () =>
      print.line(`Rule ${shortId(rule.id)} keeps ${counted(rule.mutes, 'open incident')} quiet now.`),
    )
  })
}

/** `pm mutes --org …`. */
export async function showMutes(context: CliContext, flags: GlobalFlags & { readonly org: string }): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const organization = await organizationNamed(database, flags.org)
    const rules = await listMuteRules(database, organization.id)
    print.answer({ rules: rules.map(ruleDocument) }, () => {
      if (rules.length === 0) return print.line('No rule keeps anything quiet.')
      print.table(ruleColumns, rules.map(ruleCells))
    })
  })
}

const ruleColumns = [
  { title: 'brand', shrinksTo: 10 },
  { title: 'dataset' },
  { title: 'type' },
  { title: 'kind' },
  { title: 'until' },
  { title: 'mutes', align: 'right' as const },
  { title: 'by' },
  { title: 'id' },
  { title: 'note', shrinksTo: 12, mayGo: true },
]

function ruleCells(rule: MuteRule): Cell[] {
  const { brandId, brandName, datasetKey, jobType, kind, until, mutes, createdBy, id, note, asOf } = rule
  const ends = until === null ? 'removed' : formatAge(until, asOf)
  return [
    brandId === null ? 'any' : (brandName ?? brandId),
    datasetKey ?? 'any',
    jobType ?? 'any',
    kind ?? 'any',
    ends,
    mutes,
    createdBy,
    shortId(id),
    note ?? '',
  ]
}

function ruleDocument({ asOf: _read, ...rule }: MuteRule): object {
  return rule
}

/** `pm unmute <rule> --org …`. */
export async function unmute(
  context: CliContext,
  text: string,
  flags: GlobalFlags & { readonly org: string },
): Promise<void> {
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const organization = await organizationNamed(database, flags.org)
    const wanted = text.trim().toLowerCase()
    const found = (await listMuteRules(database, organization.id)).filter(
      ({ id }) => wanted !== '' && id.startsWith(wanted),
    )
    const [rule, ...others] = found
    if (rule === undefined || others.length > 0) {
      const message = rule === undefined ? `There is no rule "${text}".` : `"${text}" could be ${found.length} rules.`
      const fix = `List them: pm mutes --org ${organization.id}`
      throw new Problem(rule === undefined ? 'not_found' : 'ambiguous', message, { field: 'rule', value: text, fix })
    }
    const changed = await removeMuteRule(database, cliActor(context), {
      organizationId: organization.id,
      ruleId: rule.id,
    })
    print.answer({ changed }, () => print.line('The rule is removed.'))
  })
}
