import type { DeliveryView } from '../../shared/contract/notifications.ts'
import { databaseNow } from '../store/database-clock.ts'
import { getDelivery, type ListedDelivery, pageDeliveries } from '../store/notification-list.ts'
import { notFound, requireOrganization, requireOwned, seesPlatform } from './access.ts'
import { readIdCursor } from './id-cursor.ts'
import { procedures } from './procedures.ts'

export const deliveries = procedures.notifications.deliveries.handler(async ({ context, input }) => {
  const { organizationId, channel, states, incidentId, cursor, limit } = input
  await requireOrganization(context, organizationId)
  const { database } = context.services
  const withPlatform = seesPlatform(context)
  const narrowed = { channel, states, incidentId, before: readIdCursor(cursor), limit: limit + 1 }
  const question = { organizationId, withPlatform, ...narrowed }
  const [asOf, found] = await Promise.all([databaseNow(database), pageDeliveries(database, question)])
  const page = found.slice(0, limit)
  const nextCursor = found.length > limit ? (page.at(-1)?.sequence ?? null) : null
  return { asOf, deliveries: page.map(deliveryView), nextCursor }
})

export const delivery = procedures.notifications.delivery.handler(async ({ context, input: { deliveryId } }) => {
  const named = { field: 'deliveryId', value: deliveryId }
  const missing = `There is no delivery ${deliveryId}.`
  const found = await getDelivery(context.services.database, deliveryId, { withPlatform: seesPlatform(context) })
  if (found === null) throw notFound(missing, named)
  if (found.organizationId !== null) await requireOwned(context, found.organizationId, missing, named)
  return deliveryView(found)
})

function deliveryView({ sequence: _sequence, organizationId: _organization, ...view }: ListedDelivery): DeliveryView {
  return view
}
