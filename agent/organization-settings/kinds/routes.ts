import { groupKey, groupsInOrder } from '../../../shared/brand-groups.ts'
import { Problem } from '../../../shared/errors.ts'
import { incidentKinds } from '../../../shared/incidents.ts'
import { canonicalJson } from '../../../shared/json.ts'
import { isReserved, whyNotGive } from '../../../shared/on-it.ts'
import type { Entry } from '../../../shared/settings-document/document.ts'
import { knownSpellings, spelled } from '../../brands/groups.ts'
import { requireGroups } from '../../brands/require-group.ts'
import { deleteRoute, saveRoute } from '../../incidents/change-route.ts'
import { readKnownChannels } from '../../incidents/known-channels.ts'
import { requireRoutable } from '../../incidents/send-test.ts'
import { listNotificationRoutes, type StoredRoute } from '../../store/notification-routes.ts'
import { plainName, type SettingsWorld } from '../world.ts'
import type { SettingKind } from './kind.ts'

type Route = Entry<'routes'>

/** What is told where. */
export const routes: SettingKind<'routes'> = {
  read: async (world) => {
    const rows = await listNotificationRoutes(world.database, world.organizationId)
    const known = await knownSpellings(world.database, world.organizationId)
    return inOrder(rows).flatMap((row) => {
      const entry = entryOf(world, row, known)
      return entry === null ? [] : [{ entry, id: row.id, seen: row.changedAt.toISOString() }]
    })
  },
  canonical: (entry) => {
    const why = entry.person === null ? null : whyNotName(entry.person)
    if (why !== null) throw new Problem('invalid_input', why, { field: 'person', value: entry.person })
    if (entry.repeat_minutes !== null && entry.after_minutes === null) throw doesNotWait(entry)
    if (entry.person !== null && entry.after_minutes !== null) throw waitsForPerson(entry)
    return {
      ...entry,
      kinds: entry.kinds === null ? null : incidentKinds.filter((kind) => entry.kinds?.includes(kind)),
      brands: entry.brands === null ? null : sorted(entry.brands.map(plainName)),
      groups: entry.groups === null ? null : groupsInOrder(entry.groups.map(plainName)),
    }
  },
  check: async ({ database, organizationId, aliveSeconds, brands }, entry, before, facts) => {
    const { newBrands, archives } = facts
    if (before === null || (entry.enabled && !before.enabled)) {
      requireRoutable(await readKnownChannels(database, aliveSeconds), entry.channel)
    }
    const missing = entry.brands?.find((name) => brands.named(name) === null && !newBrands.has(name))
    if (missing !== undefined) brands.idOf(missing)
    const archived = entry.brands?.find(
      (name) => archives.has(name) || (brands.named(name)?.isArchived === true && !newBrands.has(name)),
    )
    if (archived !== undefined) throw namesArchived(archived)
    const { groups } = entry
    if (groups === null) return entry
    if (before === null) {
      const others = groups.filter((name) => !facts.groups.has(groupKey(name)))
      await requireGroups(database, organizationId, others)
    }
    // What it followed already is the same in any letters, also when no brand carries it any more.
    const followed = new Map(before?.groups?.map((name) => [groupKey(name), name]))
    const known = new Map([...followed, ...(await knownSpellings(database, organizationId))])
    return { ...entry, groups: spelled(groups, known) }
  },
  add: (world, entry) => save(world, entry, null),
  change: async (world, stored, entry) => {
    const rows = await listNotificationRoutes(world.database, world.organizationId)
    const ids = rows.find(({ id }) => id === stored.id)?.brandIds ?? []
    // A document does not name those that are put away: it does not take them out either.
    const kept = ids.filter((id) => world.brands.isArchived(id))
    await save(world, entry, { ...stored, kept })
  },
  remove: ({ database, actor, organizationId }, { id, seen }) =>
    deleteRoute(database, actor, { organizationId, routeId: id, seenAt: seen }),
}

/** The one that nobody has changed for longest first; when a route was made is not kept. */
function inOrder(rows: readonly StoredRoute[]): StoredRoute[] {
  return rows.toSorted((one, other) => one.changedAt.getTime() - other.changedAt.getTime())
}

function entryOf({ brands, notes }: SettingsWorld, row: StoredRoute, known: ReadonlyMap<string, string>): Route | null {
  const archived = row.brandIds?.filter((id) => brands.isArchived(id)) ?? []
  const inUse = row.brandIds?.filter((id) => !archived.includes(id)) ?? null
  const names = inUse?.map((id) => brands.nameOf(id)).filter((name) => name !== null) ?? null
  const kinds = row.kinds === null ? null : incidentKinds.filter((kind) => row.kinds?.includes(kind))
  // Without its brands or kinds it would be about all of them.
  if ((names?.length === 0 && row.groups === null) || kinds?.length === 0) {
    notes.push(
      `A route to ${row.channel} is left out: it names only brands or kinds that are not there any more, or archived.`,
    )
    return null
  }
  if (archived.length > 0) {
    const gone = sorted(archived.map((id) => brands.nameOf(id) ?? id)).join(', ')
    notes.push(`A route to ${row.channel} is written without archived brands that it names: ${gone}.`)
  }
  const lost = row.groups?.filter((group) => !known.has(groupKey(group))) ?? []
  if (lost.length > 0) {
    notes.push(
      `A route to ${row.channel} follows groups that no brand carries, and is refused elsewhere: ${lost.join(', ')}.`,
    )
  }
  return {
    channel: row.channel,
    kinds,
    brands: names === null || names.length === 0 ? null : sorted(names),
    groups: row.groups === null ? null : spelled(groupsInOrder(row.groups.map(plainName)), known),
    person: row.person,
    after_minutes: row.afterMinutes,
    repeat_minutes: row.repeatMinutes,
    tells_resolved: row.tellsResolved,
    enabled: row.enabled,
  }
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted((one, other) => (canonicalJson(one) < canonicalJson(other) ? -1 : 1))
}

async function save(
  world: SettingsWorld,
  entry: Route,
  stored: { readonly id: string; readonly seen: string; readonly kept: readonly string[] } | null,
): Promise<void> {
  const { database, actor, organizationId, aliveSeconds } = world
  const kept = stored?.kept ?? []
  const isNarrowed = entry.brands !== null || (entry.groups !== null && kept.length > 0)
  const request = {
    organizationId,
    routeId: stored?.id ?? null,
    seenAt: stored?.seen,
    channel: entry.channel,
    kinds: entry.kinds,
    brandIds: isNarrowed ? [...(entry.brands?.map((name) => world.brands.idOf(name)) ?? []), ...kept] : null,
    groups: entry.groups,
    person: entry.person,
    afterMinutes: entry.after_minutes,
    repeatMinutes: entry.repeat_minutes,
    tellsResolved: entry.tells_resolved,
    enabled: entry.enabled,
  }
  await saveRoute(database, actor, request, aliveSeconds)
}

/** Whoever applies a file is another one each time; null when it may be. */
function whyNotName(person: string): string | null {
  const why = whyNotGive(person)
  if (why !== null || !isReserved(person)) return why
  return `is "${person}", which is whoever asks: give the name`
}

function namesArchived(value: string): Problem {
  return new Problem('invalid_input', `names "${value}", which is archived`, {
    field: 'brands',
    value,
    fix: 'Take it out, or bring the brand back first.',
  })
}

function doesNotWait({ repeat_minutes: value }: Route): Problem {
  return new Problem('invalid_input', 'repeats without waiting', {
    field: 'repeat_minutes',
    value,
    fix: 'Give after_minutes as well, or leave repeat_minutes out.',
  })
}

function waitsForPerson({ after_minutes: value }: Route): Problem {
  return new Problem('invalid_input', 'tells of what is given to somebody, or waits; not both', {
    field: 'after_minutes',
    value,
    fix: 'Leave person or after_minutes out; both are two routes.',
  })
}
