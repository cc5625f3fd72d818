import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useOrganizationId } from '../../app/places.ts'
import { useClient, useQueries } from '../../client/context.tsx'
import { failureOf } from '../../client/queries.ts'
import { notifyDone, notifyFailure, notifyUndoable } from '../../components/notify.ts'
import { overlap, same, withMine } from '../../components/settling.ts'
import { inputOf, type Route, type RouteValues, valuesOf } from './route-values.ts'

interface Saving {
  /** As it was when the edit began; null for a new one. */
  readonly base: Route | null
  readonly values: RouteValues
  readonly onSaved?: (routeId: string) => void
  /**
   * Somebody saved it meanwhile; null: somebody removed it. Left out: what they changed beside mine stays, and where both changed the same
   * it is told at once.
   */
  readonly onConflict?: (theirs: Route | null) => void
}

/** Makes and changes routes. Nothing that somebody else saved meanwhile is overwritten, and what was saved can be taken back. */
export function useSaveRoute() {
  const { organizationId, calls, current, onSettled } = useRouteCalls()
  const takeBack = useTakeBack()
  const write = (seen: Route | null, values: RouteValues) =>
    calls.setRoute({
      organizationId,
      ...(seen === null ? {} : { routeId: seen.id, seenAt: seen.changedAt.toISOString() }),
      ...inputOf(values),
    })
  const saving = useMutation({
    mutationFn: async (what: Saving) => {
      const { base, values, onConflict } = what
      try {
        return await write(base, values)
      } catch (thrown) {
        if (base === null || onConflict !== undefined || failureOf(thrown).code !== 'CONFLICT') throw thrown
        const theirs = await current(base.id)
        if (theirs === null || overlap(valuesOf(base), values, valuesOf(theirs))) throw thrown
        return write(theirs, withMine(valuesOf(base), values, valuesOf(theirs)))
      }
    },
    onSuccess: ({ id: routeId, changed }, { base, values, onSaved }) => {
      onSaved?.(routeId)
      if (!changed) return notifyDone('The route is like this already.')
      const message =
        base === null ? `What fits is told on ${values.channel} now.` : `The route to ${values.channel} is saved.`
      notifyUndoable(message, {
        label: base === null ? 'Undo: remove it' : 'Undo: change it back',
        run: () => takeBack({ routeId, saved: values, before: base === null ? null : valuesOf(base) }),
      })
    },
    onError: async (thrown, { base, onConflict }) => {
      if (onConflict === undefined) return notifyFailure(thrown)
      const { code } = failureOf(thrown)
      if (base === null || (code !== 'CONFLICT' && code !== 'NOT_FOUND')) return
      const theirs = await current(base.id)
      // A channel that nobody has is not found either.
      if (code === 'CONFLICT' || theirs === null) onConflict(theirs)
    },
    onSettled,
  })
  return {
    isPending: saving.isPending,
    /** Does nothing while one is on its way. */
    save: (what: Saving) => {
      if (!saving.isPending) saving.mutate(what)
    },
    failure: saving.error === null ? null : failureOf(saving.error),
    /** What failed is being settled. */
    settle: saving.reset,
  }
}

/** Removes a route as it was seen; it can be added again. */
export function useRemoveRoute() {
  const { organizationId, calls, onSettled } = useRouteCalls()
  const { mutate: addAgain } = useMutation({
    mutationFn: (values: RouteValues) => calls.setRoute({ organizationId, ...inputOf(values) }),
    onSuccess: () => notifyDone('The route is there again.'),
    onError: notifyFailure,
    onSettled,
  })
  const { mutate, isPending } = useMutation({
    mutationFn: ({ id: routeId, changedAt }: Route) =>
      calls.removeRoute({ organizationId, routeId, seenAt: changedAt.toISOString() }),
    onSuccess: (_answer, route) =>
      notifyUndoable(`Removed the route to ${route.channel}.`, {
        label: 'Undo: add it again',
        run: () => addAgain(valuesOf(route)),
      }),
    onError: notifyFailure,
    onSettled,
  })
  return { remove: mutate, isPending }
}

interface Saved {
  readonly routeId: string
  readonly saved: RouteValues
  /** Null: there was none. */
  readonly before: RouteValues | null
}

/** Puts back what was there before, unless somebody has changed it since. */
function useTakeBack() {
  const { organizationId, calls, current, onSettled } = useRouteCalls()
  const { mutate } = useMutation({
    mutationFn: async ({ routeId, saved, before }: Saved) => {
      const now = await current(routeId)
      if (now === null || !same(valuesOf(now), saved)) return 'The route was changed since: nothing was taken back.'
      const place = { organizationId, routeId, seenAt: now.changedAt.toISOString() }
      if (before === null) await calls.removeRoute(place)
      else await calls.setRoute({ ...place, ...inputOf(before) })
      return before === null ? 'The route is gone again.' : 'The route is as it was.'
    },
    onSuccess: notifyDone,
    onError: notifyFailure,
    onSettled,
  })
  return mutate
}

function useRouteCalls() {
  const organizationId = useOrganizationId()
  const { notifications: calls } = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  return {
    organizationId,
    calls,
    current: async (routeId: string): Promise<Route | null> => {
      const { routes } = await calls.routes({ organizationId })
      return routes.find(({ id }) => id === routeId) ?? null
    },
    onSettled: () => cache.invalidateQueries({ queryKey: queries.notifications.key() }),
  }
}
