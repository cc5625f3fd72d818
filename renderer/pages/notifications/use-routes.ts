import { useQueryClient } from '@tanstack/react-query'
import { useOrganizationId } from '../../app/places.ts'
import { useClient, useQueries } from '../../client/context.tsx'
import { useRemoval, useSaving } from '../../components/use-saving.ts'
import { inputOf, type Route, type RouteValues, valuesOf } from './route-values.ts'

/** Makes and changes routes, with a way back. */
export function useSaveRoute() {
  return useSaving(useRoutes(), ({ base, values: { channel } }) =>
    base === null ? `What fits is told on ${channel} now.` : `The route to ${channel} is saved.`,
  )
}

/** Removes a route as it was seen; it can be added again. */
export function useRemoveRoute() {
  const { bringBack, remove, onSettled } = useRoutes()
  return useRemoval<Route>({
    remove,
    inWords: ({ channel }) => `Removed the route to ${channel}.`,
    undo: 'add it again',
    bringBack,
    backInWords: 'The route is there again.',
    onSettled,
  })
}

function useRoutes() {
  const organizationId = useOrganizationId()
  const { notifications: calls } = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  const placeOf = ({ id: routeId, changedAt }: Route) => ({ routeId, seenAt: changedAt.toISOString() })
  return {
    what: 'route',
    valuesOf,
    inputOf,
    read: async (routeId: string): Promise<Route | null> => {
      const { routes } = await calls.routes({ organizationId })
      return routes.find(({ id }) => id === routeId) ?? null
    },
    write: (seen: Route | null, values: RouteValues) =>
      calls.setRoute({ organizationId, ...(seen === null ? {} : placeOf(seen)), ...inputOf(values) }),
    /** Under its own id, so that nobody is told anew of what it has told. */
    bringBack: (route: Route) =>
      calls.setRoute({ organizationId, routeId: route.id, seenAt: null, ...inputOf(valuesOf(route)) }),
    remove: (route: Route) => calls.removeRoute({ organizationId, ...placeOf(route) }),
    onSettled: () => cache.invalidateQueries({ queryKey: queries.notifications.key() }),
  }
}
