import type { JsonObject } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import { type IncidentKind, incidentKinds, kindRules } from '../../shared/incidents.ts'
import type { QuietHours } from '../../shared/notifications/quiet-hours.ts'
import { checkTimeZone } from '../../shared/time-zone.ts'
import { requireSeen } from '../console/seen.ts'
import type { DatabasePool } from '../store/database.ts'
import {
  lockNotificationSettings,
  type StoredNotificationSettings,
  writeNotificationSettings,
} from '../store/notification-settings.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'
import { storedQuietHours } from './stored-quiet-hours.ts'

/** What an organization watches for, and when it is told. */
export interface Decided {
  readonly kinds: Record<IncidentKind, boolean>
  /** Minutes; null = never. */
  readonly remindEveryMinutes: number | null
  readonly quietHours: QuietHours | null
}

export interface SettingsRequest extends Decided {
  readonly organizationId: string
  /** As `requireSeen` takes it. */
  readonly seenAt?: string | null | undefined
}

/**
 * Writes them with who did it. False when they are so already.
 * @throws Problem `invalid_input` for a zone that does not exist; `conflict` when they are not as they were seen.
 */
export async function saveNotificationSettings(
  database: DatabasePool,
  actor: Actor,
  request: SettingsRequest,
): Promise<boolean> {
  const { organizationId, kinds, remindEveryMinutes } = request
  const wanted = { kinds, remindEveryMinutes, quietHours: checkedQuietHours(request.quietHours) }
  return database.transaction(async (transaction) => {
    const before = await lockNotificationSettings(transaction, organizationId)
    requireSeen('What is watched and when it is quiet', before, request.seenAt)
    const [known, after] = [recorded(decided(before)), recorded(wanted)]
    if (JSON.stringify(known) === JSON.stringify(after)) return false
    const quietHours = wanted.quietHours === null ? null : { ...wanted.quietHours, days: [...wanted.quietHours.days] }
    await writeNotificationSettings(transaction, organizationId, { ...wanted, quietHours }, actor.operator)
    await insertOperatorAction(transaction, {
      actor,
      organizationId,
      action: 'notifications.settings',
      subjectType: 'organization',
      subjectId: organizationId,
      before: before === null ? null : known,
      after,
    })
    return true
  })
}

/** What nobody has decided, or what makes no sense, is as it is by default. */
export function decided(stored: StoredNotificationSettings | null): Decided {
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
export function checkedQuietHours(quietHours: QuietHours | null): QuietHours | null {
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
