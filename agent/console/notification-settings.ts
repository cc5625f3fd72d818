import type { JsonObject } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import { type IncidentKind, incidentKinds, kindRules } from '../../shared/incidents.ts'
import type { QuietHours } from '../../shared/notifications/quiet-hours.ts'
import { checkTimeZone } from '../../shared/time-zone.ts'
import { storedQuietHours } from '../incidents/stored-quiet-hours.ts'
import {
  lockNotificationSettings,
  readNotificationSettings,
  type StoredNotificationSettings,
  writeNotificationSettings,
} from '../store/notification-settings.ts'
import { insertOperatorAction } from '../store/operator-actions.ts'
import { requireOrganization } from './access.ts'
import { procedures } from './procedures.ts'
import { requireSeen } from './seen.ts'

export const settings = procedures.notifications.settings.handler(async ({ context, input: { organizationId } }) => {
  await requireOrganization(context, organizationId)
  const stored = await readNotificationSettings(context.services.database, organizationId)
  const { changedAt = null, changedBy = null } = stored ?? {}
  const { quietHours, ...rest } = decided(stored)
  return {
    ...rest,
    quietHours: quietHours === null ? null : { ...quietHours, days: [...quietHours.days] },
    changedAt,
    changedBy,
  }
})

export const setSettings = procedures.notifications.setSettings.handler(async ({ context, input }) => {
  const { organizationId, kinds, remindEveryMinutes } = input
  await requireOrganization(context, organizationId)
  const { services, identity } = context
  const wanted = { kinds, remindEveryMinutes, quietHours: checkedQuietHours(input.quietHours) }
  return services.database.transaction(async (transaction) => {
    const before = await lockNotificationSettings(transaction, organizationId)
    requireSeen('What is watched and when it is quiet', before, input.seenAt)
    const [known, after] = [recorded(decided(before)), recorded(wanted)]
    if (JSON.stringify(known) === JSON.stringify(after)) return { changed: false }
    const quietHours = wanted.quietHours === null ? null : { ...wanted.quietHours, days: [...wanted.quietHours.days] }
    await writeNotificationSettings(transaction, organizationId, { ...wanted, quietHours }, identity.operator)
    await insertOperatorAction(transaction, {
      actor: identity,
      organizationId,
      action: 'notifications.settings',
      subjectType: 'organization',
      subjectId: organizationId,
      before: before === null ? null : known,
      after,
    })
    return { changed: true }
  })
})

interface Decided {
  readonly kinds: Record<IncidentKind, boolean>
  readonly remindEveryMinutes: number | null
  readonly quietHours: QuietHours | null
}

/** What nobody has decided, or what makes no sense, is as it is by default. */
function decided(stored: StoredNotificationSettings | null): Decided {
  const kinds = incidentKinds.map((kind): [IncidentKind, boolean] => {
    const given = stored?.kinds[kind]
    return [kind, typeof given === 'boolean' ? given : kindRules[kind].isWatched]
  })
  return {
    // Every kind is in the list.
    kinds: Object.fromEntries(kinds) as Record<IncidentKind, boolean>,
    remindEveryMinutes: stored?.remindEveryMinutes ?? null,
    quietHours: storedQuietHours(stored?.quietHours),
  }
}

/** @throws Problem `invalid_input` for a zone that does not exist. */
function checkedQuietHours(quietHours: QuietHours | null): QuietHours | null {
  if (quietHours === null) return null
  const { timeZone, from, to, days } = quietHours
  return { timeZone: checkedZone(timeZone), from, to, days: [...new Set(days)].toSorted((one, other) => one - other) }
}

function checkedZone(timeZone: string): string {
  try {
    return checkTimeZone(timeZone)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const { message, value, fix } = error
    throw new Problem(error.code, message, {
      field: 'quietHours.timeZone',
      value,
      ...(fix === undefined ? {} : { fix }),
    })
  }
}

/** Always in the same order, so that two can be compared as text. */
function recorded({ kinds, remindEveryMinutes, quietHours }: Decided): JsonObject {
  const sorted = Object.fromEntries(incidentKinds.map((kind) => [kind, kinds[kind]]))
  const hours =
    quietHours === null
      ? null
      : { timeZone: quietHours.timeZone, from: quietHours.from, to: quietHours.to, days: [...quietHours.days] }
  return { kinds: sorted, remindEveryMinutes, quietHours: hours }
}
