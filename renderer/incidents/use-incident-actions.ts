import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { IncidentView } from '../../shared/contract/incidents.ts'
import type { CommandOutcome } from '../../shared/incidents.ts'
import { useOrganizationId } from '../app/places.ts'
import { useClient, useMay, useQueries } from '../client/context.tsx'
import type { Client } from '../client/door.ts'
import { sendInBlocks } from '../client/in-blocks.ts'
import { counted } from '../components/counts.ts'
import { notifyFailure, notifyOutcomes } from '../components/notify.ts'
import { leftOf, type Outcome } from '../components/outcome-words.ts'
import { type IncidentAction, type IncidentChange, incidentActionWords } from './incident-actions.ts'

interface Target {
  readonly id: string
  /** What was seen of it; null = take it as it is. */
  readonly seenEventId: string | null
  readonly name: string
}

interface Chosen {
  readonly organizationId: string
  readonly incidents: { id: string; seenEventId: string | null }[]
}

interface Result {
  readonly id: string
  readonly outcome: CommandOutcome
  readonly message: string
}

type Call<Action extends IncidentAction> = (
  incidents: Client['incidents'],
  chosen: Chosen,
  change: Extract<IncidentChange, { action: Action }>,
) => Promise<{ results: Result[] }>

const calls: { readonly [Action in IncidentAction]: Call<Action> } = {
  acknowledge: (incidents, chosen) => incidents.acknowledge(chosen),
  give: (incidents, chosen, { to }) => incidents.acknowledge({ ...chosen, for: to }),
  unacknowledge: (incidents, chosen) => incidents.unacknowledge(chosen),
  snooze: (incidents, chosen, { until }) => incidents.snooze({ ...chosen, until: until?.toISOString() ?? null }),
  wake: (incidents, chosen) => incidents.wake(chosen),
  annotate: (incidents, chosen, { note }) => incidents.annotate({ ...chosen, note }),
}

interface Command {
  readonly change: IncidentChange
  readonly incidents: readonly Target[]
  readonly onDone?: ((left: string[]) => void) | undefined
}

/**
 * Does one thing to some incidents and says exactly what became of it; what can be taken back offers to. Works while the database is
 * away: the agent keeps the command, and says so.
 */
export function useIncidentActions(): {
  /** `onDone`: once the agent has taken it, with the ids of those that were refused or could not be sent any more. */
  readonly act: (change: IncidentChange, incidents: readonly IncidentView[], onDone?: (left: string[]) => void) => void
  readonly isPending: boolean
} {
  const organizationId = useOrganizationId()
  const { incidents: client } = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  const options = {
    mutationFn: ({ change, incidents }: Command) => {
      // The call of an action takes the change of that action.
      const call = calls[change.action] as (...all: readonly unknown[]) => Promise<{ results: Result[] }>
      return sendInBlocks(
        incidents.map(({ id, seenEventId }) => ({ id, seenEventId })),
        (block) => call(client, { organizationId, incidents: block }, change),
      )
    },
    onError: notifyFailure,
    onSettled: () => cache.invalidateQueries({ queryKey: queries.incidents.key() }),
  }
  const { mutate: takeBack } = useMutation({
    ...options,
    onSuccess: ({ results, failure }, { change: { action }, incidents }) => {
      tell(action, outcomesOf(results, incidents), null)
      if (failure !== null) notifyFailure(failure)
    },
  })
  // What is said is said here, not where `mutate` is called: the menu or bar that asked may be gone by then.
  const { mutate, isPending } = useMutation({
    ...options,
    onSuccess: ({ results, failure }, { change: { action }, incidents, onDone }) => {
      const outcomes = outcomesOf(results, incidents)
      onDone?.(leftOf(incidents, outcomes))
      // The undo names no event, so that it works after the change it undoes.
      tell(action, outcomes, (change, ids) =>
        takeBack({
          change,
          incidents: incidents.filter(({ id }) => ids.has(id)).map((one) => ({ ...one, seenEventId: null })),
        }),
      )
      if (failure !== null) notifyFailure(failure)
    },
  })
  const act = useCallback(
    (change: IncidentChange, incidents: readonly IncidentView[], onDone?: (left: string[]) => void): void => {
      if (incidents.length === 0) return
      const chosen = incidents.map(({ id, lastEventId, summary }) => ({ id, seenEventId: lastEventId, name: summary }))
      mutate({ change, incidents: chosen, onDone })
    },
    [mutate],
  )
  return { act, isPending }
}

const resultOf: Readonly<Record<CommandOutcome, Outcome['result']>> = {
  applied: 'done',
  unchanged: 'same',
  waiting: 'same',
  conflict: 'refused',
  not_found: 'refused',
  not_allowed: 'refused',
}

function outcomesOf(results: readonly Result[], incidents: readonly Target[]): Outcome[] {
  const names = new Map(incidents.map(({ id, name }) => [id, name]))
  return results.map(({ id, outcome, message }) => ({
    id,
    name: names.get(id) ?? id,
    result: resultOf[outcome],
    message,
  }))
}

/** `takeBack` null: it was taken back just now. */
function tell(
  action: IncidentAction,
  outcomes: readonly Outcome[],
  takeBack: ((undo: IncidentChange, applied: ReadonlySet<string>) => void) | null,
): void {
  const { undo, done } = incidentActionWords[action]
  notifyOutcomes(outcomes, {
    counted: (count) => counted(count, 'incident'),
    done,
    undo:
      undo === null || takeBack === null
        ? null
        : { verb: incidentActionWords[undo.action].verb, run: (applied) => takeBack(undo, applied) },
  })
}

/** Why I may not acknowledge and the like; null when I may. A database that is away is no reason: the agent keeps what was asked. */
export function useWhyNotAct(): string | null {
  return useMay('operate') ? null : 'You may only read here; this takes the scope "operate".'
}
