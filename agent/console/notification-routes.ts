import { type IncidentKind, incidentKinds } from '../../shared/incidents.ts'
import { contents, deleteRoute, saveRoute } from '../incidents/change-route.ts'
import { listNotificationRoutes, type StoredRoute } from '../store/notification-routes.ts'
import { requireOrganization } from './access.ts'
import { procedures } from './procedures.ts'

export const routes = procedures.notifications.routes.handler(async ({ context, input: { organizationId } }) => {
  await requireOrganization(context, organizationId)
  const found = await listNotificationRoutes(context.services.database, organizationId)
  return { routes: found.map((route) => ({ ...route, ...contents(route), kinds: knownKinds(route) })) }
})

/** Another program may have stored a kind that is not ours. */
function knownKinds({ kinds }: StoredRoute): IncidentKind[] | null {
  return kinds === null ? null : incidentKinds.filter((kind) => kinds.includes(kind))
}

export const setRoute = procedures.notifications.setRoute.handler(async ({ context, input }) => {
  await requireOrganization(context, input.organizationId)
  const { services, identity } = context
  return saveRoute(services.database, identity, input, services.settings.leaseSeconds)
})

export const removeRoute = procedures.notifications.removeRoute.handler(async ({ context, input }) => {
  await requireOrganization(context, input.organizationId)
  await deleteRoute(context.services.database, context.identity, input)
  return { changed: true }
})
