import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { IncidentView } from '../../shared/contract/incidents.ts'
import type { CommandOutcome } from '../../shared/incidents.ts'
import { useOrganizationId } from '../app/places.ts'
import { useClient, useMay, useQueries } from '../client/context.tsx'
import type { Client } from '../client/door.ts'
import { sendInBlocks } from '../client/in-blocks.ts'
import { notifyDone, notifyFailure, notifyUndoable } from '../components/notify.ts'
import { counted } from '../jobs/job-words.ts'
import { type IncidentAction, type IncidentChange, incidentActionWords } from './incident-actions.ts'

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
  unacknowledge: (incidents, chosen) => incidents.unacknowledge(chosen),
  snooze: (incidents, chosen, { until }) => incidents.snooze({ ...chosen, until: until?.toISOString() ?? null }),
  wake: (incidents, chosen) => incidents.wake(chosen),
  annotate: (incidents, chosen, { note }) => incidents.annotate({ ...chosen, note }),
}

interface Command {
  readonly change: IncidentChange
  readonly incidents: Chosen['incidents']
  readonly onSent?: ((left: string[]) => void) | undefined
}

/**
 * Does one thing to some incidents and says exactly what became of it; what can be taken back offers to. Works while the database is
 * away: the agent keeps the command, and says so.
 */
export function useIncidentActions(): {
  /** `onSent`: once the agent has taken it, with the ids of those that could not be sent any more. */
  readonly act: (change: IncidentChange, incidents: readonly IncidentView[], onSent?: (left: string[]) => void) => void
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
      return sendInBlocks(incidents, (block) => call(client, { organizationId, incidents: block }, change))
    },
    onError: notifyFailure,
    onSettled: () => cache.invalidateQueries({ queryKey: queries.incidents.key() }),
  }
  const { mutate: takeBack } = useMutation({
    ...options,
    onSuccess: ({ results, failure }, { change: { action } }) => {
      notifyDone(outcomeInWords(action, results))
      if (failure !== null) notifyFailure(failure)
    },
  })
  // What is said is said here, not where `mutate` is called: the menu or bar that asked may be gone by then.
  const { mutate, isPending } = useMutation({
    ...options,
    onSuccess: ({ results, failure }, { change: { action }, incidents, onSent }) => {
      onSent?.(incidents.slice(results.length).map(({ id }) => id))
      // The undo names no event, so that it works after the change it undoes.
      tell(action, results, (change, ids) =>
        takeBack({ change, incidents: ids.map((id) => ({ id, seenEventId: null })) }),
      )
      if (failure !== null) notifyFailure(failure)
    },
  })
  const act = useCallback(
    (change: IncidentChange, incidents: readonly IncidentView[], onSent?: (left: string[]) => void): void => {
      if (incidents.length === 0) return
      const chosen = incidents.map(({ id, lastEventId }) => ({ id, seenEventId: lastEventId }))
      mutate({ change, incidents: chosen, onSent })
    },
    [mutate],
  )
  return { act, isPending }
}

function tell(
  action: IncidentAction,
  results: readonly Result[],
  takeBack: (undo: IncidentChange, ids: string[]) => void,
): void {
  const { undo } = incidentActionWords[action]
  const applied = results.filter(({ outcome }) => outcome === 'applied').map(({ id }) => id)
  const message = outcomeInWords(action, results)
  if (undo === null || applied.length === 0) notifyDone(message)
  else {
    const label = `Undo: ${incidentActionWords[undo.action].verb.toLowerCase()}`
    notifyUndoable(message, { label, run: () => takeBack(undo, applied) })
  }
}

/** One answers in its own words; many are counted: "11 of 12 incidents acknowledged; 1 not. The first: …" */
function outcomeInWords(action: IncidentAction, results: readonly Result[]): string {
  const [only] = results
  if (results.length === 1 && only !== undefined) return only.message
  const [first, ...others] = results.filter(({ outcome }) => outcome !== 'applied')
  const left = first === undefined ? 0 : others.length + 1
  const rest = first === undefined ? '.' : `; ${left.toLocaleString()} not. The first: ${first.message}`
  const changed = (results.length - left).toLocaleString()
  return `${changed} of ${counted(results.length, 'incident')} ${incidentActionWords[action].done}${rest}`
}

/** Why I may not acknowledge and the like; null when I may. A database that is away is no reason: the agent keeps what was asked. */
export function useWhyNotAct(): string | null {
  return useMay('operate') ? null : 'You may only read here; this takes the scope "operate".'
}
