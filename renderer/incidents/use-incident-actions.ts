import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { IncidentView } from '../../shared/contract/incidents.ts'
import type { CommandOutcome } from '../../shared/incidents.ts'
import { useOrganizationId } from '../app/places.ts'
import { useClient, useMay, useQueries, useSession } from '../client/context.tsx'
import type { Client } from '../client/door.ts'
import { type SentInBlocks, sendInBlocks } from '../client/in-blocks.ts'
import { counted } from '../components/counts.ts'
import { notifyFailure, notifyOutcomes, type Telling } from '../components/notify.ts'
import { leftOf, type Outcome } from '../components/outcome-words.ts'
import { type IncidentAction, type IncidentChange, incidentActionWords, undoInWords } from './incident-actions.ts'

interface Target {
  readonly id: string
  /** What was seen of it; null = take it as it is. */
  readonly seenEventId: string | null
  readonly name: string
  /** What puts it back as it was seen; null = nothing does. */
  readonly undo: IncidentChange | null
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

/** One command to the agent, in as many calls as it takes; and what holds for every one. */
function useSending() {
  const organizationId = useOrganizationId()
  const { incidents: client } = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  const send = ({ change, incidents }: Command): Promise<SentInBlocks<Result>> => {
    // The call of an action takes the change of that action.
    const call = calls[change.action] as (...all: readonly unknown[]) => Promise<{ results: Result[] }>
    return sendInBlocks(
      incidents.map(({ id, seenEventId }) => ({ id, seenEventId })),
      (block) => call(client, { organizationId, incidents: block }, change),
    )
  }
  const options = {
    onError: notifyFailure,
    onSettled: () => cache.invalidateQueries({ queryKey: queries.incidents.key() }),
  }
  return { send, options }
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
  const { operator } = useSession()
  const { send, options } = useSending()
  const { mutate: takeBack } = useMutation({
    ...options,
    mutationFn: async (commands: readonly Command[]) => {
      const sent: SentInBlocks<Result>[] = []
      for (const command of commands) sent.push(await send(command))
      return sent
    },
    onSuccess: (sent, commands) => {
      const [only] = commands
      const done =
        commands.length === 1 && only !== undefined ? incidentActionWords[only.change.action].done : 'as before'
      const results = sent.flatMap((each) => each.results)
      const targets = commands.flatMap(({ incidents }) => incidents)
      tell(done, outcomesOf(results, targets), null)
      for (const { failure } of sent) if (failure !== null) notifyFailure(failure)
    },
  })
  // What is said is said here, not where `mutate` is called: the menu or bar that asked may be gone by then.
  const { mutate, isPending } = useMutation({
    ...options,
    mutationFn: send,
    onSuccess: ({ results, failure }, { change: { action }, incidents, onDone }) => {
      const outcomes = outcomesOf(results, incidents)
      onDone?.(leftOf(incidents, outcomes))
      const undoing = (ids: ReadonlySet<string>): Command[] => undoingOf(incidents.filter(({ id }) => ids.has(id)))
      tell(
        incidentActionWords[action].done,
        outcomes,
        incidentActionWords[action].undo && {
          verb: (ids) =>
            undoInWords(
              undoing(ids).map(({ change }) => change),
              operator,
            ),
          run: (ids) => takeBack(undoing(ids)),
        },
      )
      if (failure !== null) notifyFailure(failure)
    },
  })
  const act = useCallback(
    (change: IncidentChange, incidents: readonly IncidentView[], onDone?: (left: string[]) => void): void => {
      if (incidents.length === 0) return
      mutate({ change, incidents: incidents.map((one) => targetOf(change, one)), onDone })
    },
    [mutate],
  )
  return { act, isPending }
}

function targetOf({ action }: IncidentChange, incident: IncidentView): Target {
  const { id, lastEventId: seenEventId, summary: name } = incident
  return { id, seenEventId, name, undo: incidentActionWords[action].undo?.(incident) ?? null }
}

/** What puts these back, together where it is the same. It names no event, so that it works after the change it undoes. */
function undoingOf(incidents: readonly Target[]): Command[] {
  const alike = Map.groupBy(incidents, ({ undo }) => JSON.stringify(undo))
  return [...alike.values()].flatMap((targets) => {
    const change = targets[0]?.undo ?? null
    return change === null ? [] : [{ change, incidents: targets.map((one) => ({ ...one, seenEventId: null })) }]
  })
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

/** `undo` null: it was taken back just now, or cannot be. */
function tell(done: string, outcomes: readonly Outcome[], undo: Telling['undo']): void {
  notifyOutcomes(outcomes, { counted: (count) => counted(count, 'incident'), done, undo })
}

/** Why I may not acknowledge and the like; null when I may. A database that is away is no reason: the agent keeps what was asked. */
export function useWhyNotAct(): string | null {
  return useMay('operate') ? null : 'You may only read here; this takes the scope "operate".'
}
