import { groupKey, groupsInOrder } from '../../shared/brand-groups.ts'
import type { JsonObject } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import type { NotificationRoute } from '../../shared/notifications/dispatch-plan.ts'
import { personOf } from '../../shared/on-it.ts'
import type { ActionName } from '../../shared/operator-actions.ts'
import { checkGroup, knownSpellings, spelled } from '../brands/groups.ts'
import { requireGroups } from '../brands/require-group.ts'
import { notFound } from '../console/access.ts'
import { requireSeen } from '../console/seen.ts'
import { lockBrandsOf } from '../store/brand-administration.ts'
import { listBrands } from '../store/brands.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import {
  deleteNotificationRoute,
  insertNotificationRoute,
  listNotificationRoutes,
  lockNotificationRoute,
  type StoredRoute,
  setGroupsOfRoute,
  updateNotificationRoute,
} from '../store/notification-routes.ts'
import { type Actor, hasDoneTo, insertOperatorAction } from '../store/operator-actions.ts'
import { readKnownChannels } from './known-channels.ts'
import { requireRoutable } from './send-test.ts'

const mostRoutes = 200

export interface RouteRequest extends NotificationRoute {
  readonly organizationId: string
  /** Null = a new one. */
  readonly routeId: string | null
  /** As `requireSeen` takes it; null also brings back one that was removed. */
  readonly seenAt?: string | null | undefined
}

/**
 * Makes a route, or changes the one that is named, with who did it. `aliveSeconds`: without a sign of life for longer an agent is gone.
 * @throws Problem `invalid_input`; `not_found` for a channel, brand or route that is not there; `conflict` when it is not as it was seen.
 */
export async function saveRoute(
  database: DatabasePool,
  actor: Actor,
  request: RouteRequest,
  aliveSeconds: number,
): Promise<{ id: string; changed: boolean }> {
  const { organizationId, routeId, seenAt } = request
  const named = request.groups?.map((group) => checkGroup(group, 'groups')) ?? null
  const person = personOf(request.person, actor.operator)
  requireOneWait({ ...request, person })
  return database.transaction(async (transaction) => {
    // Nobody renames a group meanwhile; the brands come first, as they do there.
    if (named !== null) await lockBrandsOf(transaction, organizationId)
    const place = routeId === null ? null : { organizationId, routeId, seenAt }
    const isBack = place !== null && (await isRemoved(transaction, place))
    const before = place === null || isBack ? null : contents(await held(transaction, place))
    const groups = named === null ? null : await spelledGroups(transaction, organizationId, before, named)
    const route = contents({ ...request, groups, person })
    await requireBrands(transaction, organizationId, before, route)
    await requireGroups(transaction, organizationId, addedGroups(before, route))
    if (before === null || before.channel !== route.channel || (route.enabled && !before.enabled)) {
      requireRoutable(await readKnownChannels(transaction, aliveSeconds), route.channel)
    }
    return place === null || before === null
      ? create(transaction, actor, { organizationId, routeId }, route)
      : change(transaction, actor, { ...place, before }, route)
  })
}

/**
 * Whoever brings back a route that was removed saw none there (`seenAt` null). Under its own id it remembers what it has told, so that nobody
 * is told twice, and the end is.
 */
async function isRemoved(transaction: Database, { organizationId, routeId, seenAt }: Place): Promise<boolean> {
  if (seenAt !== null || (await lockNotificationRoute(transaction, routeId, organizationId)) !== null) return false
  const removal = { subjectType: 'route', subjectId: routeId, action: 'route.remove' } as const
  return hasDoneTo(transaction, { organizationId, ...removal })
}

/** `routeId`: of one that was there before; null: it gets a new one. */
async function create(
  transaction: Database,
  actor: Actor,
  { organizationId, routeId }: { readonly organizationId: string; readonly routeId: string | null },
  route: NotificationRoute,
) {
  const existing = await listNotificationRoutes(transaction, organizationId)
  if (existing.length >= mostRoutes) {
    throw new Problem('conflict', `There are ${mostRoutes} routes already; no more are kept.`, {
      field: 'routeId',
      value: null,
      fix: 'Change or remove one; a route may name several kinds and brands.',
    })
  }
  const id = await insertNotificationRoute(transaction, { organizationId, id: routeId }, route, actor.operator)
  await record(transaction, actor, organizationId, { action: 'route.create', id, before: null, after: route })
  return { id, changed: true }
}

interface Place {
  readonly organizationId: string
  readonly routeId: string
  readonly seenAt?: string | null | undefined
}

async function change(
  transaction: Database,
  actor: Actor,
  { organizationId, routeId: id, before }: Place & { readonly before: NotificationRoute },
  route: NotificationRoute,
) {
  if (JSON.stringify(before) === JSON.stringify(route)) return { id, changed: false }
  await updateNotificationRoute(transaction, id, route, actor.operator)
  await record(transaction, actor, organizationId, { action: 'route.set', id, before, after: route })
  return { id, changed: true }
}

/** @throws Problem `not_found`; `conflict` when it is not as it was seen. */
export async function deleteRoute(
  database: DatabasePool,
  actor: Actor,
  place: { readonly organizationId: string; readonly routeId: string; readonly seenAt?: string | null | undefined },
): Promise<void> {
  await database.transaction(async (transaction) => {
    const before = contents(await held(transaction, place))
    await deleteNotificationRoute(transaction, place.routeId)
    const removal = { action: 'route.remove', id: place.routeId, before, after: null } as const
    await record(transaction, actor, place.organizationId, removal)
  })
}

/** The route, held until the end of the transaction. @throws Problem `not_found`; `conflict` when it is not as it was seen. */
async function held(transaction: Database, { organizationId, routeId, seenAt }: Place): Promise<StoredRoute> {
  const route = await lockNotificationRoute(transaction, routeId, organizationId)
  if (route === null) throw notFound(`There is no route ${routeId}.`, { field: 'routeId', value: routeId })
  requireSeen(`The route to "${route.channel}"`, route, seenAt)
  return route
}

/** What a route says, always in the same order, so that two can be compared as text. */
export function contents(
  route: NotificationRoute,
): NotificationRoute & { kinds: string[] | null; brandIds: string[] | null; groups: string[] | null } {
  const { channel, kinds, brandIds, groups, tellsResolved, enabled, afterMinutes, repeatMinutes, person } = route
  const sorted = (words: readonly string[] | null): string[] | null =>
    words === null ? null : [...new Set(words.map((word) => word.toLowerCase()))].toSorted()
  return {
    channel,
    kinds: sorted(kinds),
    brandIds: sorted(brandIds),
    groups: groups === null ? null : groupsInOrder(groups),
    tellsResolved,
    enabled,
    afterMinutes,
    repeatMinutes,
    person,
  }
}

/** What is given to somebody is told at once. @throws Problem `invalid_input` */
function requireOneWait({ afterMinutes, repeatMinutes, person }: NotificationRoute): void {
  if (repeatMinutes !== null && afterMinutes === null) {
    throw new Problem('invalid_input', 'Only a route that waits is told again.', {
      field: 'repeatMinutes',
      value: repeatMinutes,
      fix: 'Give afterMinutes, or leave repeatMinutes out; reminders of what is open are in the settings.',
    })
  }
  if (person === null || afterMinutes === null) return
  throw new Problem('invalid_input', 'A route tells of what is given to somebody, or waits; not both.', {
    field: 'afterMinutes',
    value: afterMinutes,
    fix: 'Leave person or afterMinutes out; both are two routes.',
  })
}

/** Those that the route has already stay, also when they have been archived: it can still be changed, and switched off. */
async function requireBrands(
  transaction: Database,
  organizationId: string,
  before: NotificationRoute | null,
  { brandIds }: NotificationRoute,
): Promise<void> {
  const added = (brandIds ?? []).filter((id) => before?.brandIds?.includes(id) !== true)
  if (added.length === 0) return
  const ours = new Set((await listBrands(transaction, organizationId)).map(({ id }) => id))
  const foreign = added.find((id) => !ours.has(id))
  if (foreign === undefined) return
  throw notFound(`There is no brand ${foreign} in this organization.`, { field: 'brandIds', value: foreign })
}

/** Those that it has already stay, also when no brand carries them any more. */
function addedGroups(before: NotificationRoute | null, { groups }: NotificationRoute): string[] {
  const known = new Set(before?.groups?.map(groupKey))
  return groups?.filter((group) => !known.has(groupKey(group))) ?? []
}

/** As brands write them; those that none carries any more as the route has them. */
async function spelledGroups(
  transaction: Database,
  organizationId: string,
  before: NotificationRoute | null,
  groups: readonly string[],
): Promise<string[]> {
  const followed = new Map(before?.groups?.map((group) => [groupKey(group), group]))
  return spelled(groups, new Map([...followed, ...(await knownSpellings(transaction, organizationId))]))
}

/** Routes that follow a group follow it under its new name; what waits on them waits no longer for that. How many there are. */
export async function renameGroupInRoutes(
  transaction: Database,
  actor: Actor,
  { organizationId, group, name }: { readonly organizationId: string; readonly group: string; readonly name: string },
): Promise<number> {
  let renamed = 0
  const isIt = (one: string): boolean => groupKey(one) === groupKey(group)
  const following = (await listNotificationRoutes(transaction, organizationId)).filter(({ groups }) =>
    groups?.some(isIt),
  )
  for (const { id } of following) {
    const stored = await lockNotificationRoute(transaction, id, organizationId)
    if (stored === null) continue
    const before = contents(stored)
    const after = contents({ ...before, groups: before.groups?.map((one) => (isIt(one) ? name : one)) ?? null })
    if (JSON.stringify(before) === JSON.stringify(after)) continue
    await setGroupsOfRoute(transaction, id, after.groups ?? [])
    await record(transaction, actor, organizationId, { action: 'route.set', id, before, after })
    renamed += 1
  }
  return renamed
}

async function record(
  transaction: Database,
  actor: Actor,
  organizationId: string,
  entry: {
    readonly action: ActionName
    readonly id: string
    readonly before: NotificationRoute | null
    readonly after: NotificationRoute | null
  },
): Promise<void> {
  const { action, id, before, after } = entry
  await insertOperatorAction(transaction, {
    actor,
    organizationId,
    action,
    subjectType: 'route',
    subjectId: id,
    before: before === null ? null : recorded(before),
    after: after === null ? null : recorded(after),
  })
}

function recorded(route: NotificationRoute): JsonObject {
  return { ...contents(route) }
}
