import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useOrganizationId } from '../app/places.ts'
import { useClient, useQueries } from '../client/context.tsx'
import { type CallFailure, commandFailureOf } from '../client/queries.ts'
import { counted } from '../components/counts.ts'
import { notifyDone, notifyFailure, notifyUndoable } from '../components/notify.ts'
import { type MuteRule, type MuteScope, scopeOfRule } from './mute-scope.ts'

export interface NewMute extends MuteScope {
  /** ISO 8601; null: until it is removed. */
  readonly until: string | null
  readonly note: string | null
}

export interface Mutes {
  readonly isPending: boolean
  /** Of the rule that was to be added. */
  readonly failure: CallFailure | null
  /** `onDone`: once it is there. */
  readonly add: (rule: NewMute, onDone: () => void) => void
  readonly remove: (rule: MuteRule) => void
}

/** Adds and removes rules that keep incidents quiet; either can be taken back. */
export function useMutes(): Mutes {
  const organizationId = useOrganizationId()
  const { incidents: client } = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  const onSettled = () => cache.invalidateQueries({ queryKey: queries.incidents.key() })
  const { mutate: takeAway } = useMutation(
    queries.incidents.unmute.mutationOptions({
      onError: notifyFailure,
      onSuccess: () => notifyDone('The rule is gone again.'),
      onSettled,
    }),
  )
  const { mutate: putBack } = useMutation(
    queries.incidents.mute.mutationOptions({
      onError: notifyFailure,
      onSuccess: () => notifyDone('The rule is there again.'),
      onSettled,
    }),
  )
  const adding = useMutation(
    queries.incidents.mute.mutationOptions({
      onSuccess: ({ id: ruleId, mutes }) =>
        notifyUndoable(`Muted: the rule keeps ${counted(mutes, 'open incident')} quiet.`, {
          label: 'Undo: remove the rule',
          run: () => takeAway({ organizationId, ruleId }),
        }),
      onSettled,
    }),
  )
  // What is said is said here, not where `mutate` is called: the row that asked may be gone by then.
  const removing = useMutation({
    mutationFn: ({ id: ruleId }: MuteRule) => client.unmute({ organizationId, ruleId }),
    onSuccess: ({ changed }, rule) => tellRemoved(changed, rule, (again) => putBack({ organizationId, ...again })),
    onError: notifyFailure,
    onSettled,
  })
  return {
    isPending: adding.isPending || removing.isPending,
    failure: adding.error === null ? null : commandFailureOf(adding.error),
    add: (rule, onDone) => adding.mutate({ organizationId, ...rule }, { onSuccess: onDone }),
    remove: (rule) => removing.mutate(rule),
  }
}

function tellRemoved(changed: boolean, rule: MuteRule, putBack: (rule: NewMute) => void): void {
  if (!changed) return notifyDone('Somebody has removed this rule already.')
  const { until, note, mutes } = rule
  const again = { ...scopeOfRule(rule), until: until?.toISOString() ?? null, note }
  const kept = mutes === 0 ? '' : `, which kept ${counted(mutes, 'open incident')} quiet`
  notifyUndoable(`Removed the rule${kept}.`, { label: 'Undo: add it again', run: () => putBack(again) })
}
