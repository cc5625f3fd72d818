import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Due } from '../../../shared/due.ts'
import { useQueries } from '../../client/context.tsx'
import { commandFailureOf } from '../../client/queries.ts'
import { notifyFailure, notifyUndoable } from '../../components/notify.ts'
import { same, withMine } from '../../components/settling.ts'
import { useTellIfGone } from '../../components/use-is-there.ts'
import { type Ages, agesOf, faultsOf, hoursIn, isPossible, type Policy, savedWords } from './policy-ages.ts'

/** What is typed, and what was there when that began: a change by somebody else leaves it alone, and is not overwritten by it. */
interface Draft {
  readonly base: Policy | null
  readonly ages: Ages
}

interface Place {
  readonly brandId: string
  readonly dataset: string
}

/** The due time that counts for brands without one of their own; null = none, or not known yet. */
export function useUsualDue(dataset: string): Due | null {
  const { data } = useQuery(useQueries().catalog.get.queryOptions())
  return data?.datasets.find(({ key }) => key === dataset)?.due ?? null
}

/** The ages that a brand has of its own being edited, while others may do so, too. `policy`: what is stored now. */
export function usePolicyEdit(place: Place, policy: Policy | null, usualDue: Due | null) {
  const [draft, setDraft] = useState<Draft | null>(null)
  const saving = useSavePolicy(place, usualDue)
  const shown: Draft = draft ?? { base: policy, ages: agesOf(policy) }
  const isChanged = !same(shown.ages, agesOf(shown.base))
  // What they saved is here as soon as it has been asked for again.
  const isConflict = saving.failure?.field === 'seenAt' && !same(shown.base, policy)
  const discard = (): void => {
    setDraft(null)
    saving.settle()
  }
  const save = (next: Draft): void => {
    setDraft(next)
    saving.start(next, () => setDraft(null))
  }
  return {
    ages: shown.ages,
    base: shown.base,
    faults: faultsOf(shown.ages),
    isChanged,
    isConflict,
    isPending: saving.isPending,
    failure: isConflict ? null : (saving.failure?.message ?? null),
    change: (part: Partial<Ages>): void => setDraft({ base: shown.base, ages: { ...shown.ages, ...part } }),
    /** What was typed and is as it was when that began is not an edit. */
    rest: (): void => {
      if (!isChanged) setDraft(null)
    },
    save: (): void => save(shown),
    useUsual: (): void => save({ base: policy, ages: agesOf(null) }),
    discard,
    /** Saves what I changed over what they saved; what only they changed stays theirs. */
    keepMine: (): void => {
      const next = { base: policy, ages: withMine(agesOf(shown.base), shown.ages, agesOf(policy)) }
      saving.settle()
      if (isPossible(next.ages)) save(next)
      else setDraft(next)
    },
  }
}

/** Nothing is overwritten that somebody else has set since: not by the change, and not by what takes it back. */
function useSavePolicy(place: Place, usualDue: Due | null) {
  const queries = useQueries()
  const cache = useQueryClient()
  const onError = useTellIfGone()
  const onSettled = () => cache.invalidateQueries({ queryKey: queries.freshness.key() })
  const { mutate: takeBack } = useMutation(
    queries.freshness.setPolicy.mutationOptions({ onError: notifyFailure, onSettled }),
  )
  const mutation = useMutation(
    queries.freshness.setPolicy.mutationOptions({
      onError,
      // Said here, not where `mutate` is called: the drawer may be closed by then.
      onSuccess: ({ before, warnBefore, dueBefore, changedAt }, { maxAgeHours, warnAgeHours, due }) => {
        const seenAt = changedAt?.toISOString() ?? null
        const ages = { maxAgeHours: before, warnAgeHours: warnBefore, due: dueBefore, seenAt }
        const saved = { maximum: maxAgeHours ?? '', warning: warnAgeHours ?? '', due: due ?? null }
        notifyUndoable(savedWords(saved, usualDue), {
          label: 'Undo',
          run: () => takeBack({ ...place, ...ages }),
        })
      },
      onSettled,
    }),
  )
  return {
    isPending: mutation.isPending,
    failure: mutation.error === null ? null : commandFailureOf(mutation.error),
    settle: mutation.reset,
    /** `onSaved`: it is stored, and what is stored has been asked for again. */
    start: ({ base, ages }: Draft, onSaved: () => void): void =>
      mutation.mutate(
        {
          ...place,
          maxAgeHours: hoursIn(ages.maximum),
          warnAgeHours: hoursIn(ages.warning),
          due: ages.due,
          seenAt: base?.changedAt.toISOString() ?? null,
        },
        { onSuccess: onSaved },
      ),
  }
}
