import { type Weekday, weekdays } from '../../../shared/due.ts'
import type { QuietHours } from '../../../shared/notifications/quiet-hours.ts'
import type { Entry } from '../../../shared/settings-document/document.ts'
import { checkedQuietHours, decided, saveNotificationSettings } from '../../incidents/change-settings.ts'
import { readNotificationSettings } from '../../store/notification-settings.ts'
import { alwaysThere, type SettingKind } from './kind.ts'

/** Written where nobody has decided anything yet. */
const undecided = 'undecided'

/** What is watched for, reminders and quiet hours; every organization has them. */
export const notifications: SettingKind<'notifications'> = {
  read: async ({ database, organizationId }) => {
    const stored = await readNotificationSettings(database, organizationId)
    const { kinds, remindEveryMinutes, quietHours } = decided(stored)
    const entry = { watch: kinds, remind_every_minutes: remindEveryMinutes, quiet_hours: writtenHours(quietHours) }
    return [{ entry, id: organizationId, seen: stored?.changedAt.toISOString() ?? undecided }]
  },
  canonical: (entry) => ({
    ...entry,
    quiet_hours: entry.quiet_hours === null ? null : writtenHours(checkedQuietHours(hoursOf(entry.quiet_hours))),
  }),
  check: (_world, entry) => entry,
  add: alwaysThere,
  change: async ({ database, actor, organizationId }, { seen }, entry) => {
    await saveNotificationSettings(database, actor, {
      organizationId,
      kinds: entry.watch,
      remindEveryMinutes: entry.remind_every_minutes,
      quietHours: entry.quiet_hours === null ? null : hoursOf(entry.quiet_hours),
      seenAt: seen === undecided ? null : seen,
    })
  },
  remove: null,
}

type WrittenHours = NonNullable<Entry<'notifications'>['quiet_hours']>

function writtenHours(hours: QuietHours | null): WrittenHours | null {
  if (hours === null) return null
  const days = weekdays.filter((day) => hours.days.includes(numberOf(day)))
  return { days: [...days], from: hours.from, to: hours.to, zone: hours.timeZone }
}

function hoursOf({ days, from, to, zone }: WrittenHours): QuietHours {
  return { timeZone: zone, from, to, days: days.map(numberOf) }
}

/** 0 = Sunday; the week of a due time begins on Monday. */
function numberOf(day: Weekday): number {
  return (weekdays.indexOf(day) + 1) % 7
}
