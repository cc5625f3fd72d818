import { describeError, Problem } from '../../shared/errors.ts'
import { settingsSections } from '../../shared/settings-document/sections.ts'
import { anyKind } from './any-kind.ts'
import { type PlannedChange, type PlanOptions, planSettings } from './plan-settings.ts'
import type { ReadDocument } from './read-document.ts'
import type { SettingsPlace, SettingsWorld } from './world.ts'

/** A change as somebody was shown it. */
export type ShownChange = Pick<PlannedChange, 'id' | 'seen'>

export interface AppliedChange {
  readonly id: string
  /** `unchanged`: it was so by then, whoever has made it so. */
  readonly outcome: 'applied' | 'unchanged' | 'refused'
  /** Why it was refused, with what to do next; empty when it was applied. */
  readonly message: string
  /** A stable code when it was refused. */
  readonly refused: string | null
}

export interface AppliedSettings {
  /** In the order in which they were shown. */
  readonly results: readonly AppliedChange[]
  /** What else would have to be changed by now; nobody has been shown it, and it was not done. */
  readonly notShown: number
}

/**
 * Does what somebody was shown, and nothing else: plans anew, refuses what is not as it was shown, and changes the rest one by one through
 * the functions that the console uses, each of which looks at the version once more and writes who did it. What is refused does not stop
 * the others.
 * @throws Problem as `planSettings`.
 */
export async function applySettings(
  place: SettingsPlace,
  document: ReadDocument,
  options: PlanOptions,
  shown: readonly ShownChange[],
): Promise<AppliedSettings> {
  const { world, changes } = await planSettings(place, document, options)
  const wanted = new Map(shown.map(({ id, seen }) => [id, seen]))
  const results = new Map<string, AppliedChange>()
  let notShown = 0
  for (const change of changes.toSorted((one, other) => turnOf(one) - turnOf(other))) {
    const seen = wanted.get(change.id)
    if (seen === undefined) notShown += 1
    else results.set(change.id, seen === change.seen ? await done(world, change) : changedMeanwhile(change))
  }
  return { results: shown.map(({ id }) => results.get(id) ?? madeMeanwhile(id)), notShown }
}

/**
 * What goes does so from the last section to the first (a trigger before its job), then sections follow each other. The section of the
 * program is switched on before everything else and off after it, and brands are archived when nothing is to be done for them any more.
 */
function turnOf({ section, action, entry }: PlannedChange): number {
  const place = settingsSections.indexOf(section)
  if (action === 'remove') return -place - 1
  if (section === 'features') return entry?.['enabled'] === true ? 0 : 200
  if (section === 'brands' && entry?.['archived'] === true) return 100
  return place
}

async function done(world: SettingsWorld, { id, section, stored, entry }: PlannedChange): Promise<AppliedChange> {
  const kind = anyKind(section)
  try {
    if (stored === null) await kind.add(world, entry ?? {})
    else if (entry === null) await kind.remove?.(world, stored)
    else await kind.change(world, stored, entry)
    return { id, outcome: 'applied', message: '', refused: null }
  } catch (error) {
    if (error instanceof Problem) return refusal(id, error)
    world.onTrouble(`Applying settings failed: ${describeError(error)}`)
    return refusal(id, new Problem('unavailable', 'It could not be done; the log of the agent says why.'))
  }
}

function refusal(id: string, { code, message, fix }: Problem): AppliedChange {
  return { id, outcome: 'refused', message: fix === undefined ? message : `${message} ${fix}`, refused: code }
}

function changedMeanwhile({ id, title }: PlannedChange): AppliedChange {
  const fix = 'Look at the plan again.'
  return refusal(id, new Problem('conflict', `${title} was changed by somebody after the plan was shown.`, { fix }))
}

function madeMeanwhile(id: string): AppliedChange {
  return { id, outcome: 'unchanged', message: 'It is as the document says by now.', refused: null }
}
