import { groupKey } from '../../shared/brand-groups.ts'
import type { NotificationRoute } from '../../shared/notifications/dispatch-plan.ts'
import type { Database, Statement } from './database.ts'

export interface StoredRoute extends NotificationRoute {
  readonly id: string
  readonly changedAt: Date
  readonly changedBy: string
}

const columns = `
  id, channel, kinds, brand_ids::text[] as "brandIds", brand_groups as groups, tells_resolved as "tellsResolved", enabled,
  after_minutes as "afterMinutes", repeat_minutes as "repeatMinutes", person, changed_at as "changedAt", changed_by as "changedBy"`

const listStatement: Statement = {
  name: 'list_notification_routes',
  text: `select ${columns} from notification_routes where ($1::uuid is null or organization_id = $1::uuid) order by channel, id`,
}

/** Of one organization; null = of all. */
export async function listNotificationRoutes(
  database: Database,
  organizationId: string | null,
): Promise<StoredRoute[]> {
  return database.query<StoredRoute>(listStatement, [organizationId])
}

const lockStatement: Statement = {
  name: 'lock_notification_route',
  text: `select ${columns} from notification_routes where id = $1::uuid and organization_id = $2::uuid for update`,
}

/** The route of this organization, held against changes until the end of the transaction; null = there is none. */
export async function lockNotificationRoute(
  database: Database,
  routeId: string,
  organizationId: string,
): Promise<StoredRoute | null> {
  const [row] = await database.query<StoredRoute>(lockStatement, [routeId, organizationId])
  return row ?? null
}

const insertStatement: Statement = {
  name: 'insert_notification_route',
  text: `
insert into notification_routes
  (organization_id, id, channel, kinds, brand_ids, brand_groups, brand_group_keys, tells_resolved, enabled, after_minutes,
  repeat_minutes, person, changed_by)
values ($1::uuid, coalesce($2::uuid, gen_random_uuid()), $3::text, $4::text[], $5::uuid[], $6::text[], $7::text[],
  $8::boolean, $9::boolean, $10::int, $11::int, $12::text, $13::text)
returning id`,
}

/** `id` null: a new one. Returns its id. */
export async function insertNotificationRoute(
  database: Database,
  { organizationId, id }: { readonly organizationId: string; readonly id: string | null },
  route: NotificationRoute,
  changedBy: string,
): Promise<string> {
  const [row] = await database.query<{ id: string }>(insertStatement, [
    organizationId,
    id,
    ...routeValues(route),
    changedBy,
  ])
  if (row === undefined) throw new Error('insert_notification_route returned no row')
  return row.id
}

const updateStatement: Statement = {
  name: 'update_notification_route',
  text: `
update notification_routes
set channel = $2::text, kinds = $3::text[], brand_ids = $4::uuid[], brand_groups = $5::text[], brand_group_keys = $6::text[],
  tells_resolved = $7::boolean, enabled = $8::boolean, after_minutes = $9::int, repeat_minutes = $10::int, person = $11::text,
  changed_at = now(), changed_by = $12::text
where id = $1::uuid`,
}

export async function updateNotificationRoute(
  database: Database,
  routeId: string,
  route: NotificationRoute,
  changedBy: string,
): Promise<void> {
  await database.query(updateStatement, [routeId, ...routeValues(route), changedBy])
}

const setGroupsStatement: Statement = {
  name: 'set_groups_of_route',
  text: `update notification_routes set brand_groups = $2::text[], brand_group_keys = $3::text[] where id = $1::uuid`,
}

/** The same groups under other names: nobody has changed what the route says, so what waits on it goes on waiting as before. */
export async function setGroupsOfRoute(database: Database, routeId: string, groups: readonly string[]): Promise<void> {
  await database.query(setGroupsStatement, [routeId, groups, groups.map(groupKey)])
}

function routeValues(route: NotificationRoute): unknown[] {
  const { channel, kinds, brandIds, groups, tellsResolved, enabled, afterMinutes, repeatMinutes, person } = route
  const keys = groups?.map(groupKey) ?? null
  return [channel, kinds, brandIds, groups, keys, tellsResolved, enabled, afterMinutes, repeatMinutes, person]
}

const deleteStatement: Statement = {
  name: 'delete_notification_route',
  text: `delete from notification_routes where id = $1::uuid`,
}

export async function deleteNotificationRoute(database: Database, routeId: string): Promise<void> {
  await database.query(deleteStatement, [routeId])
}
