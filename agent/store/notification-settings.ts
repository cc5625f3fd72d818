import type { JsonObject } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'

/** What an organization has decided; as stored, so checked before use: other programs may write it too. */
export interface StoredNotificationSettings {
  readonly kinds: JsonObject
  /** Minutes; null = never. */
  readonly remindEveryMinutes: number | null
  readonly quietHours: unknown
  readonly changedAt: Date
  readonly changedBy: string
}

const columns = `
  kinds, remind_every_minutes as "remindEveryMinutes", quiet_hours as "quietHours", changed_at as "changedAt",
  changed_by as "changedBy"`

const readStatement: Statement = {
  name: 'read_notification_settings',
  text: `select ${columns} from notification_settings where organization_id = $1::uuid`,
}

/** Null = nobody has decided anything. */
export async function readNotificationSettings(
  database: Database,
  organizationId: string,
): Promise<StoredNotificationSettings | null> {
  const [row] = await database.query<StoredNotificationSettings>(readStatement, [organizationId])
  return row ?? null
}

const lockStatement: Statement = {
  name: 'lock_notification_settings',
  text: `select ${columns} from notification_settings where organization_id = $1::uuid for update`,
}

/** Held against changes until the end of the transaction. */
export async function lockNotificationSettings(
  database: Database,
  organizationId: string,
): Promise<StoredNotificationSettings | null> {
  const [row] = await database.query<StoredNotificationSettings>(lockStatement, [organizationId])
  return row ?? null
}

const writeStatement: Statement = {
  name: 'write_notification_settings',
  text: `
insert into notification_settings (organization_id, kinds, remind_every_minutes, quiet_hours, changed_by)
values ($1::uuid, $2::jsonb, $3::int, $4::jsonb, $5::text)
on conflict (organization_id) do update set
  kinds = excluded.kinds, remind_every_minutes = excluded.remind_every_minutes, quiet_hours = excluded.quiet_hours,
  changed_at = now(), changed_by = excluded.changed_by`,
}

export async function writeNotificationSettings(
  database: Database,
  organizationId: string,
  settings: {
    readonly kinds: JsonObject
    readonly remindEveryMinutes: number | null
    readonly quietHours: JsonObject | null
  },
  changedBy: string,
): Promise<void> {
  const { kinds, remindEveryMinutes, quietHours } = settings
  await database.query(writeStatement, [
    organizationId,
    JSON.stringify(kinds),
    remindEveryMinutes,
    quietHours === null ? null : JSON.stringify(quietHours),
    changedBy,
  ])
}
