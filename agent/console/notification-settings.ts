import { decided, saveNotificationSettings } from '../incidents/change-settings.ts'
import { readNotificationSettings } from '../store/notification-settings.ts'
import { requireOrganization } from './access.ts'
import { procedures } from './procedures.ts'

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
  await requireOrganization(context, input.organizationId)
  const { services, identity } = context
  return { changed: await saveNotificationSettings(services.database, identity, input) }
})
