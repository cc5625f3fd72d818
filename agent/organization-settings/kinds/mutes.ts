import { Problem } from '../../../shared/errors.ts'
import type { Entry } from '../../../shared/settings-document/document.ts'
import { addMuteRuleWithin, removeMuteRuleWithin } from '../../incidents/mutes.ts'
import type { Database } from '../../store/database.ts'
import { listMuteRules, type MuteRule } from '../../store/mute-rules.ts'
import { plainName, type SettingsWorld } from '../world.ts'
import type { SettingKind } from './kind.ts'

/** What is kept quiet for good; a mute that ends by itself is no lasting setting. */
export const mutes: SettingKind<'mutes'> = {
  read: async (world) => {
    // The newest comes first in a list; of several of one name the oldest is looked at.
    const rules = await listMuteRules(world.database, world.organizationId)
    return rules.toReversed().flatMap((rule) => {
      const entry = rule.until === null ? entryOf(world, rule) : null
      return entry === null ? [] : [{ entry, id: rule.id, seen: rule.createdAt.toISOString() }]
    })
  },
  canonical: (entry) => ({ ...entry, brand: entry.brand === null ? null : plainName(entry.brand) }),
  check: (_world, entry) => entry,
  add: (world, entry) => world.database.transaction((transaction) => add(transaction, world, entry)),
  change: (world, stored, entry) =>
    // A mute is never changed: another one takes its place, or it stays.
    world.database.transaction(async (transaction) => {
      await remove(transaction, world, stored)
      await add(transaction, world, entry)
    }),
  remove: (world, stored) => world.database.transaction((transaction) => remove(transaction, world, stored)),
}

type Mute = Entry<'mutes'>

function entryOf({ brands }: SettingsWorld, rule: MuteRule): Mute | null {
  const brand = rule.brandId === null ? null : brands.nameOf(rule.brandId)
  if (rule.brandId !== null && (brand === null || brands.isArchived(rule.brandId))) return null
  const { datasetKey, jobType, kind, note } = rule
  return { brand, dataset: datasetKey, job_type: jobType, kind, note }
}

async function add(
  transaction: Database,
  world: SettingsWorld,
  { brand, dataset, job_type: jobType, kind, note }: Mute,
): Promise<void> {
  const { actor, organizationId } = world
  const brandId = brand === null ? null : world.brands.idOf(brand)
  const mute = { organizationId, brandId, datasetKey: dataset, jobType, kind, until: null, note }
  await addMuteRuleWithin(transaction, actor, mute)
}

async function remove(
  transaction: Database,
  { actor, organizationId }: SettingsWorld,
  { id }: { id: string },
): Promise<void> {
  if (await removeMuteRuleWithin(transaction, actor, { organizationId, ruleId: id })) return
  throw new Problem('conflict', 'Somebody has removed this mute meanwhile.', { fix: 'Look at the plan again.' })
}
