import { readChannelOverview } from '../incidents/channel-overview.ts'
import { sendTest } from '../incidents/send-test.ts'
import { databaseNow } from '../store/database-clock.ts'
import { listNotificationRoutes } from '../store/notification-routes.ts'
import { requireOrganization, seesPlatform } from './access.ts'
import { procedures } from './procedures.ts'

export const channels = procedures.notifications.channels.handler(async ({ context, input: { organizationId } }) => {
  await requireOrganization(context, organizationId)
  const { database, settings } = context.services
  const routes = await listNotificationRoutes(database, organizationId)
  const withPlatform = seesPlatform(context)
  const about = { organizationId, withPlatform, routes, aliveSeconds: settings.leaseSeconds }
  const found = await readChannelOverview(database, about)
  return { asOf: await databaseNow(database), channels: found.map((one) => ({ ...one, agents: [...one.agents] })) }
})

export const test = procedures.notifications.test.handler(async ({ context, input: { organizationId, channel } }) => {
  await requireOrganization(context, organizationId)
  const { services, identity } = context
  const { agentName, leaseSeconds } = services.settings
  const request = { organizationId, channel, agentName, aliveSeconds: leaseSeconds }
  return { deliveryId: await sendTest(services.database, identity, request) }
})
