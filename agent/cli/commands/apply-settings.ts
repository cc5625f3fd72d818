import { createInterface } from 'node:readline/promises'
import { Problem } from '../../../shared/errors.ts'
import { type FieldChange, type SettingAction, textOf } from '../../../shared/settings-document/compare.ts'
import { sectionRules } from '../../../shared/settings-document/sections.ts'
import { type AppliedSettings, applySettings } from '../../organization-settings/apply-settings.ts'
import { type PlannedChange, planSettings, type SettingsPlan } from '../../organization-settings/plan-settings.ts'
import { mostDocumentBytes, readSettingsDocument } from '../../organization-settings/read-document.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { findingMarks, type Mark } from '../output/marks.ts'
import type { Printer } from '../output/printer.ts'
import { heed, interruptedExitCode } from '../pause.ts'
import { readText } from '../read-text.ts'
import { type Session, withSession } from '../session.ts'
import { settingsPlaceOf } from '../settings-place.ts'

export interface ApplyFlags extends GlobalFlags {
  readonly organization?: string
  readonly dryRun?: boolean
  readonly prune?: boolean
  readonly createBrands?: boolean
  readonly yes?: boolean
}

/** Exit codes beside 0: somebody said no, something was refused, and a dry run that found changes. */
const exitCodes = { declined: 1, refused: 2, wouldChange: 3 } as const

/** `pm apply FILE`: shows what would change, asks, and does just that. */
export async function applyFile(context: CliContext, file: string, flags: ApplyFlags): Promise<void> {
  const text = await readText(context, file, mostDocumentBytes)
  const document = readSettingsDocument(text, file === '-' ? 'stdin' : file)
  const options = { prune: flags.prune === true, createBrands: flags.createBrands === true }
  await withSession(context, flags, flags.dryRun === true ? 'read' : 'write', async (session) => {
    const { print } = session
    const place = await settingsPlaceOf(session, flags.organization)
    const plan = await planSettings(place, document, options)
    for (const note of plan.world.notes) print.note(note)
    const whose = place.organization.name
    if (flags.dryRun === true || plan.changes.length === 0) {
      print.answer({ organization: whose, ...planDocument(plan), applied: null }, () => showPlan(print, plan, whose))
      if (plan.changes.length > 0) context.setExitCode(exitCodes.wouldChange)
      return
    }
    if (!print.json) showPlan(print, plan, whose)
    const what = `${counted(plan.changes)} of ${whose}`
    if (flags.yes !== true && !(await isWanted(session, flags, file, what))) {
      print.line('Nothing was changed.')
      context.setExitCode(session.interrupted.aborted ? interruptedExitCode : exitCodes.declined)
      return
    }
    const applied = await applySettings(place, document, options, plan.changes)
    print.answer({ organization: whose, ...planDocument(plan), applied }, () => showApplied(print, plan, applied))
    if (applied.results.some(({ outcome }) => outcome === 'refused')) context.setExitCode(exitCodes.refused)
  })
}

/** Ctrl+C is a no. @throws Problem `invalid_input` where nobody can be asked. */
async function isWanted(
  { context, interrupted }: Pick<Session, 'context' | 'interrupted'>,
  flags: ApplyFlags,
  file: string,
  what: string,
): Promise<boolean> {
  const { stdin, stderr } = context
  if (stdin.isTTY !== true || file === '-' || flags.json === true) {
    throw new Problem('invalid_input', 'Nobody can be asked whether to apply this.', {
      field: '--yes',
      value: null,
      fix: 'Look at it with --dry-run, and give --yes to apply it.',
    })
  }
  heed(interrupted)
  if (interrupted.aborted) return false
  const asking = createInterface({ input: stdin, output: stderr, terminal: false })
  const end = (): void => asking.close()
  interrupted.addEventListener('abort', end, { once: true })
  try {
    const answer = await Promise.race([asking.question(`Apply ${what}? [y/N] `), closed(asking)])
    return ['y', 'yes'].includes(answer.trim().toLowerCase())
  } finally {
    interrupted.removeEventListener('abort', end)
    asking.close()
    if (interrupted.aborted) stderr.write('\n')
  }
}

/** Whoever closes stdin (Ctrl+D), or ends the question, has not said yes. */
async function closed(asking: { once: (event: 'close', listener: () => void) => unknown }): Promise<string> {
  return new Promise((resolve) => asking.once('close', () => resolve('')))
}

function planDocument({ changes, same, unnamed, world }: SettingsPlan): object {
  const told = changes.map(({ stored: _stored, entry: _entry, ...change }) => change)
  return { changes: told, same, unnamed, notes: world.notes }
}

const actionMarks = {
  add: { shape: '+', word: 'add', color: 'green' },
  change: { shape: '~', word: 'change', color: 'yellow' },
  remove: { shape: '-', word: 'remove', color: 'red' },
} as const satisfies Record<SettingAction, Mark>

function showPlan(print: Printer, { changes, same, unnamed }: SettingsPlan, whose: string): void {
  if (changes.length > 0) {
    print.table(
      [{ title: '' }, { title: 'kind' }, { title: 'what', shrinksTo: 16 }, { title: 'from → to', shrinksTo: 24 }],
      changes.map(({ action, section, title, fields }) => [
        actionMarks[action],
        sectionRules[section].word,
        title,
        fields.map((field) => fieldText(action, field)).join('; '),
      ]),
    )
  }
  const counts = (['add', 'change', 'remove'] as const)
    .map((action) => [changes.filter((one) => one.action === action).length, action] as const)
    .filter(([count]) => count > 0)
    .map(([count, action]) => `${count} to ${action}`)
  print.line(`${whose}: ${counts.length === 0 ? 'nothing to do' : counts.join(', ')}; ${same} as the file says.`)
  if (unnamed > 0) print.line(`${unnamed} are there that the file does not name; --prune would take them away.`)
}

/** What a new thing says, from what to what a field changes, what a thing that goes said. */
function fieldText(action: SettingAction, { field, from, to }: FieldChange): string {
  if (action === 'change') return `${field}: ${shown(from)} → ${shown(to)}`
  return `${field}: ${shown(action === 'add' ? to : from)}`
}

function shown(value: FieldChange['from']): string {
  return value === null ? 'none' : textOf(value)
}

function counted(changes: readonly PlannedChange[]): string {
  return changes.length === 1 ? '1 change' : `${changes.length} changes`
}

function showApplied(print: Printer, { changes }: SettingsPlan, { results, notShown }: AppliedSettings): void {
  const titles = new Map(changes.map((change) => [change.id, `${sectionRules[change.section].word} ${change.title}`]))
  for (const { id, outcome, message } of results) {
    if (outcome === 'refused') print.marked(findingMarks.problem, `${titles.get(id) ?? id}: ${message}`)
  }
  const count = (wanted: string): number => results.filter(({ outcome }) => outcome === wanted).length
  const [applied, unchanged, refused] = [count('applied'), count('unchanged'), count('refused')]
  const others = [...(unchanged > 0 ? [`${unchanged} so already`] : []), ...(refused > 0 ? [`${refused} refused`] : [])]
  print.line(`Applied ${applied} of ${counted(changes)}${others.length === 0 ? '' : `; ${others.join(', ')}`}.`)
  if (notShown > 0) print.line(`${notShown} more would have to be changed by now: apply the file again.`)
}
