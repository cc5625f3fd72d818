import { checkDue } from '../../../shared/due.ts'
import { dueText } from '../../../shared/due-words.ts'
import { Problem } from '../../../shared/errors.ts'
import type { Entry } from '../../../shared/settings-document/document.ts'
import { changePolicy, storedOrNone } from '../../freshness/policy.ts'
import { maximumsOf } from '../../freshness/surroundings.ts'
import { listDatasetPoliciesOfBrands } from '../../store/dataset-policies.ts'
import { requireDataset } from '../known-dataset.ts'
import { plainName, type SettingsWorld } from '../world.ts'
import type { SettingKind } from './kind.ts'

type Policy = Entry<'policies'>

/** What brands have of their own: maximum and warning ages, due times (F7, F9). */
export const policies: SettingKind<'policies'> = {
  read: async (world) => {
    const inUse = world.brands.all().filter(({ isArchived }) => !isArchived)
    const rows = await listDatasetPoliciesOfBrands(
      world.database,
      inUse.map(({ id }) => id),
    )
    return rows.map(({ brandId, datasetKey, maxAgeHours, warnAgeHours, due, changedAt }) => ({
      entry: {
        brand: world.brands.nameOf(brandId) ?? brandId,
        dataset: datasetKey,
        max_age_hours: maxAgeHours,
        warn_age_hours: warnAgeHours,
        due: due === null ? null : { days: [...due.days], at: due.at, zone: due.zone },
      },
      id: brandId,
      seen: changedAt.toISOString(),
    }))
  },
  canonical: (entry) => {
    const { max_age_hours: maximum, warn_age_hours: warning, due } = entry
    if (maximum === null && warning === null && due === null) throw saysNothing(entry)
    const checked = due === null ? null : checkDue(due)
    return {
      brand: plainName(entry.brand),
      dataset: entry.dataset,
      max_age_hours: storedOrNone(maximum, 'maxAgeHours'),
      warn_age_hours: storedOrNone(warning, 'warnAgeHours'),
      due: checked === null ? null : { days: [...checked.days], at: checked.at, zone: checked.zone },
    }
  },
  check: async (world, entry) => {
    await requireDataset(world, entry)
    if (entry.due !== null && entry.max_age_hours === null && !hasUsualMaximum(world, entry)) throw noMaximum(entry)
    return entry
  },
  add: (world, entry) => save(world, entry, null),
  change: (world, { seen }, entry) => save(world, entry, seen),
  remove: (world, { entry, seen }) =>
    save(world, { ...entry, max_age_hours: null, warn_age_hours: null, due: null }, seen),
}

async function save(world: SettingsWorld, entry: Policy, seenAt: string | null): Promise<void> {
  const { database, actor, organizationId } = world
  await changePolicy(database, actor, {
    brand: { id: world.brands.idOf(entry.brand), organizationId },
    dataset: entry.dataset,
    maxAgeHours: entry.max_age_hours,
    warnAgeHours: entry.warn_age_hours,
    due: entry.due,
    hasUsualMaximum: hasUsualMaximum(world, entry),
    seenAt,
  })
}

function hasUsualMaximum({ workforce }: SettingsWorld, { dataset }: Policy): boolean {
  return maximumsOf(workforce.catalog)(dataset, undefined).hours !== null
}

function saysNothing({ dataset }: Policy): Problem {
  return new Problem('invalid_input', `says nothing of ${dataset}`, {
    fix: 'Give max_age_hours, warn_age_hours or due, or leave the entry out.',
  })
}

function noMaximum({ dataset, due }: Policy): Problem {
  return new Problem(
    'invalid_input',
    `Nothing says how old "${dataset}" may be, so that no due time can be set for it.`,
    {
      field: 'due',
      value: due === null ? null : dueText(due),
      fix: 'Set max_age_hours as well: the due time says when it counts.',
    },
  )
}
