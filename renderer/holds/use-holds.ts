import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { HoldView } from '../../shared/contract/holds.ts'
import { heldThing, holdState } from '../../shared/holds.ts'
import { useOrganization } from '../app/organization.ts'
import { useOrganizationId } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { useDatabaseClock, useNow } from '../client/now.tsx'
import { type CallFailure, commandFailureOf } from '../client/queries.ts'
import { notifyDone, notifyFailure, notifyUndoable } from '../components/notify.ts'
import { useTellIfGone } from '../components/use-is-there.ts'

function useHoldList() {
  const { id: organizationId, hasSection } = useOrganization()
  return useQuery(
    useQueries().holds.list.queryOptions({ input: { organizationId, brandId: null }, enabled: hasSection }),
  )
}

export interface Holds {
  /** Undefined until they are known. */
  readonly holds: readonly HoldView[] | undefined
  readonly error: unknown
  readonly retry: () => void
}

/** What is held, will be and was lately, with the states that the clock has brought since it was told. */
export function useHolds(): Holds {
  const now = useNow()
  const { data, error, refetch } = useHoldList()
  // The clock here may lag behind what has been told: what is in force then has begun.
  const at = data !== undefined && data.asOf > now ? data.asOf : now
  const holds = data?.holds.map((hold) => ({ ...hold, state: holdState(hold, at) }))
  return { holds, error, retry: () => void refetch() }
}

/** The longest that a timer of the browser can take, ms. */
const longestTimerMs = 2 ** 31 - 1
/** The agent's clock is the database's as it was heard: what is asked at the very instant may still be answered as before. */
const afterTurnMs = 250

/** Asks again what holds are about at the instant at which one begins or ends: nothing is written then, so nobody tells. */
export function useHoldTurns(): void {
  const { data } = useHoldList()
  const queries = useQueries()
  const cache = useQueryClient()
  const clock = useDatabaseClock()
  // By what was seen of the clock, and not by the clock: a busy page is late, and what turns while it is must not be passed over.
  const seenMs = useRef(clock.now().getTime())
  useEffect(() => {
    const instants = (data?.holds ?? []).flatMap(({ startsAt, endsAt, endedAt }) =>
      endedAt === null ? [startsAt.getTime(), endsAt?.getTime() ?? 0] : [],
    )
    const turnMs = Math.min(...instants.map((ms) => ms + afterTurnMs).filter((ms) => ms > seenMs.current))
    if (turnMs === Number.POSITIVE_INFINITY) return undefined
    const waitMs = Math.max(0, turnMs - clock.now().getTime())
    const timer = setTimeout(
      () => {
        seenMs.current = Math.min(turnMs, clock.now().getTime())
        const kinds = [queries.holds, queries.jobs, queries.freshness, queries.readiness]
        for (const kind of kinds) void cache.invalidateQueries({ queryKey: kind.key() })
      },
      Math.min(waitMs, longestTimerMs),
    )
    return () => clearTimeout(timer)
  }, [data, queries, cache, clock])
}

const none: readonly HoldView[] = []

/** The same as they were told: for who draws them by their times, and not anew at every second. */
export function useStoredHolds(): readonly HoldView[] {
  return useHoldList().data?.holds ?? none
}

/** Those about brands that are shown, which those of all brands are too; undefined until they are known. */
export function holdsAbout(
  holds: readonly HoldView[] | undefined,
  isShown: (brandId: string) => boolean,
): readonly HoldView[] | undefined {
  return holds?.filter(({ brand }) => brand === null || isShown(brand.id))
}

/** Those in force of what is shown. */
export function inForceFor(
  holds: readonly HoldView[] | undefined,
  isShown: (brandId: string) => boolean,
): readonly HoldView[] {
  return (holdsAbout(holds, isShown) ?? []).filter(({ state }) => state === 'in_force')
}

export function thingOf({ brand, jobType }: Pick<HoldView, 'brand' | 'jobType'>): string {
  return heldThing(brand === null ? null : brand.name.slice(0, 100), jobType?.slice(0, 100) ?? null)
}

export interface NewHold {
  readonly brandId: string | null
  readonly jobType: string | null
  /** ISO 8601; null = now. */
  readonly startsAt: string | null
  /** ISO 8601; null: until it is ended. */
  readonly endsAt: string | null
  readonly reason: string
}

export interface HoldCommands {
  readonly isPending: boolean
  /** Of the hold that was to be made or changed; `CONFLICT` for one that is not any more as it was seen. */
  readonly failure: CallFailure | null
  /** `onDone`: once it is there. */
  readonly make: (hold: NewHold, onDone: () => void) => void
  /** `hold`: as it was seen; `to`: what is to be another. */
  readonly change: (hold: HoldView, to: Partial<Pick<NewHold, 'endsAt' | 'reason'>>, onDone: () => void) => void
  readonly end: (hold: HoldView) => void
}

/** For what takes something back: what came of it is said wherever one is by then. */
function useTold() {
  const queries = useQueries()
  const cache = useQueryClient()
  return {
    onError: notifyFailure,
    onSettled: () => cache.invalidateQueries({ queryKey: queries.holds.key() }),
    onSuccess: ({ message }: { message: string }) => notifyDone(message),
  }
}

function useEnding() {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const told = useTold()
  const { mutate: undoEnding } = useMutation(queries.holds.restore.mutationOptions(told))
  return useMutation(
    queries.holds.end.mutationOptions({
      ...told,
      onSuccess: ({ hold, changed, message }) => {
        if (!changed) return notifyDone(message)
        return notifyUndoable(message, {
          label: 'Undo: hold it again',
          run: () => undoEnding({ organizationId, holdId: hold.id, seenAt: hold.changedAt.toISOString() }),
        })
      },
    }),
  )
}

/** Makes, changes and ends holds; each can be taken back. */
export function useHoldCommands(): HoldCommands {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const onError = useTellIfGone()
  const told = useTold()
  const { onSettled } = told
  const { mutate: undoMaking } = useMutation(queries.holds.end.mutationOptions(told))
  const { mutate: undoChange } = useMutation(queries.holds.change.mutationOptions(told))
  const making = useMutation(
    queries.holds.create.mutationOptions({
      onError,
      onSettled,
      onSuccess: ({ hold, changed, message }) => {
        if (!changed) return notifyDone(message)
        return notifyUndoable(message, {
          label: 'Undo: end the hold',
          run: () => undoMaking({ organizationId, holdId: hold.id, seenAt: hold.changedAt.toISOString() }),
        })
      },
    }),
  )
  const changing = useMutation(queries.holds.change.mutationOptions({ onError, onSettled }))
  const ending = useEnding()
  const error = making.error ?? changing.error
  return {
    isPending: making.isPending || changing.isPending || ending.isPending,
    failure: error === null ? null : commandFailureOf(error),
    make: (hold, onDone) => making.mutate({ organizationId, ...hold }, { onSuccess: onDone }),
    change: (before, to, onDone) =>
      changing.mutate(
        { organizationId, holdId: before.id, seenAt: before.changedAt.toISOString(), ...to },
        {
          onSuccess: ({ hold, changed, message }) => {
            onDone()
            if (!changed) return notifyDone(message)
            const back = { endsAt: before.endsAt?.toISOString() ?? null, reason: before.reason }
            return notifyUndoable(message, {
              label: 'Undo: as it was',
              run: () => undoChange({ organizationId, holdId: hold.id, seenAt: hold.changedAt.toISOString(), ...back }),
            })
          },
        },
      ),
    end: (hold) => ending.mutate({ organizationId, holdId: hold.id }),
  }
}
