/* What administrators do to the groups of brands. A change says what is added and what is taken away, so that two of them never undo each other. */
import { groupKey, longestGroup, mostGroups } from '../../shared/brand-groups.ts'
import { Problem } from '../../shared/errors.ts'
import { checkName } from '../jobs/names.ts'
import { lockBrandsOf } from '../store/brand-administration.ts'
import {
  addBrandGroups,
  type CarriedGroup,
  holdBrandsOf,
  listGroups,
  listGroupsOfBrands,
  removeBrandGroups,
} from '../store/brand-groups.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { type Actor, insertOperatorActions } from '../store/operator-actions.ts'

/**
 * The name of a group as it is stored: NFC, without blanks around it.
 * @throws Problem `invalid_input` for an empty or too long one, invisible characters, and the semicolon, which separates groups in files.
 */
export function checkGroup(text: string, field = 'group'): string {
  const name = checkName(text, field)
  const refused = (message: string, fix: string): Problem =>
    new Problem('invalid_input', message, { field, value: name, fix })
  const length = [...name].length
  if (length > longestGroup) {
    throw refused(`A group's name has ${longestGroup} characters at most, this one ${length}.`, 'Shorten it.')
  }
  if (name.includes(';')) throw refused(`A group's name holds no semicolon.`, 'Leave it out, or make two groups of it.')
  return name
}

export interface GroupsChange {
  readonly organizationId: string
  readonly brandIds: readonly string[]
  /** Names; what a brand carries already changes nothing. */
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/** What became of one brand. */
export interface ChangedGroups {
  readonly brandId: string
  readonly name: string
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/**
 * Adds groups to brands and takes others away, all of it or nothing. Returns the brands of which something changed, by name.
 * @throws Problem `invalid_input`: a name, the same group on both sides, or more groups than a brand may carry; `not_found`: a brand.
 */
export async function changeGroups(
  database: DatabasePool,
  actor: Actor,
  change: GroupsChange,
): Promise<ChangedGroups[]> {
  return database.transaction(async (transaction) => {
    await lockBrandsOf(transaction, change.organizationId)
    return changeGroupsWithin(transaction, actor, change)
  })
}

/** As part of a larger change, while the brands of the organization are locked. */
export async function changeGroupsWithin(
  transaction: Database,
  actor: Actor,
  { organizationId, ...change }: GroupsChange,
): Promise<ChangedGroups[]> {
  const [add, remove] = [distinct(change.add), distinct(change.remove)]
  const twice = [...add].find(([key]) => remove.has(key))
  if (twice !== undefined) {
    const message = `The group "${twice[1]}" is to be added and taken away.`
    throw new Problem('invalid_input', message, { field: 'remove', value: twice[1], fix: 'Name it once.' })
  }
  const brandIds = [...new Set(change.brandIds.map((id) => id.toLowerCase()))]
  const brands = await holdBrandsOf(transaction, organizationId, brandIds)
  requireAll(brandIds, new Set(brands.map(({ id }) => id)))
  const carried = Map.groupBy(await listGroupsOfBrands(transaction, brandIds), ({ brandId }) => brandId)
  const known = add.size === 0 ? new Map<string, string>() : await knownSpellings(transaction, organizationId)
  const changes = brands.map((brand) => {
    const before = carried.get(brand.id) ?? []
    const added = [...add].flatMap(([key, name]): CarriedGroup[] =>
      before.some((one) => one.key === key) ? [] : [{ brandId: brand.id, key, name: known.get(key) ?? name }],
    )
    const removed = before.filter(({ key }) => remove.has(key))
    const after = [...before.filter((one) => !removed.includes(one)), ...added].toSorted(byKey)
    if (added.length > 0 && after.length > mostGroups) throw tooMany(brand.name, after.length)
    return { brand, before, added, removed, after }
  })
  const real = changes.filter(({ added, removed }) => added.length + removed.length > 0)
  await removeBrandGroups(
    transaction,
    real.flatMap(({ removed }) => removed),
  )
  await addBrandGroups(
    transaction,
    real.flatMap(({ added }) => added),
  )
  await insertOperatorActions(
    transaction,
    actor,
    real.map(({ brand, before, after }) => ({
      organizationId,
      action: 'brand.set_groups',
      subjectType: 'brand',
      subjectId: brand.id,
      before: { groups: namesOf(before) },
      after: { groups: namesOf(after) },
    })),
  )
  const changed = real.map(({ brand, added, removed }) => ({
    brandId: brand.id,
    name: brand.name,
    added: namesOf(added),
    removed: namesOf(removed),
  }))
  return changed.toSorted((left, right) => left.name.localeCompare(right.name))
}

function byKey(left: CarriedGroup, right: CarriedGroup): number {
  return left.key < right.key ? -1 : Number(left.key > right.key)
}

function namesOf(groups: readonly CarriedGroup[]): string[] {
  return groups.map(({ name }) => name)
}

/** By what tells them apart; of two spellings the first. */
function distinct(names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const text of names) {
    const name = checkGroup(text)
    if (!found.has(groupKey(name))) found.set(groupKey(name), name)
  }
  return found
}

/**
 * The groups that brands of the organization carry by what tells them apart, as they write them: a group has one name in an organization, and
 * whoever names it in other letters means that one.
 */
export async function knownSpellings(database: Database, organizationId: string): Promise<ReadonlyMap<string, string>> {
  return new Map((await listGroups(database, organizationId)).map(({ key, name }) => [key, name]))
}

/** The same names, each as it is known. */
export function spelled(names: readonly string[], known: ReadonlyMap<string, string>): string[] {
  return names.map((name) => known.get(groupKey(name)) ?? name)
}

function requireAll(ids: readonly string[], known: ReadonlySet<string>): void {
  const missing = ids.find((id) => !known.has(id))
  if (missing === undefined) return
  const fix = 'Check the id; it may belong to another organization, or the brand was deleted.'
  const detail = { field: 'brandIds', value: missing, fix }
  throw new Problem('not_found', `There is no brand ${missing} in this organization.`, detail)
}

function tooMany(brand: string, groups: number): Problem {
  return new Problem('invalid_input', `The brand ${brand} would carry ${groups} groups; ${mostGroups} at most.`, {
    field: 'add',
    value: groups,
    fix: 'Take one away first.',
  })
}
