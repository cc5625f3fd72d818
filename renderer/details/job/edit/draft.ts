import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import type { JobRow } from '../../../../shared/contract/jobs.ts'
import { differences, type ScheduleField, type ScheduleValues, valuesOf } from './schedule-values.ts'

/** An edit in progress. */
export interface Draft {
  readonly values: ScheduleValues
  /** What was there when it began. */
  readonly base: ScheduleValues
  /** Version of the job that `base` is of; 0 for a schedule that does not exist yet. */
  readonly version: number
  /** One for each intent: saving twice makes one schedule. */
  readonly requestId: string
  /** What was sent last without an answer that says whether there is a schedule of it now. */
  readonly unanswered: Sent | null
}

export type Sent = Pick<Draft, 'values' | 'requestId'>

/**
 * What was changed after it was sent is another intent, with an id of its own: under the old one the agent would give what it made of the
 * first. Changed back, it is the first again.
 */
export function identified(draft: Draft): Draft {
  const { unanswered, requestId } = draft
  if (unanswered === null) return draft
  if (isSentAgain(draft)) return { ...draft, requestId: unanswered.requestId }
  return requestId === unanswered.requestId ? { ...draft, requestId: crypto.randomUUID() } : draft
}

/** Whether saving sends what was sent before; when not, there may be two of it then. */
export function isSentAgain({ unanswered, values }: Draft): boolean {
  return unanswered !== null && differences(unanswered.values, values).length === 0
}

/** What was changed here laid over what somebody else saved meanwhile, as a change of theirs. */
export function laidOver(draft: Draft, theirs: JobRow): Draft {
  const base = valuesOf(theirs)
  const mine = Object.fromEntries(
    Object.entries(draft.values).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(draft.base[field as ScheduleField]),
    ),
  )
  return { ...draft, base, values: { ...base, ...mine }, version: theirs.version }
}

export interface DraftHolder {
  readonly draft: Draft
  readonly isChanged: boolean
  /** It was begun before, and what was typed then is still here. */
  readonly isKept: boolean
  readonly change: (change: Partial<ScheduleValues>) => void
  readonly replace: (draft: Draft) => void
  /** Nobody knows whether this was done. */
  readonly note: (sent: Sent) => void
  /** Begins anew, from what there is now. */
  readonly discard: () => void
  /** Keeps nothing: it was saved, or is not wanted. */
  readonly forget: () => void
}

/** What was typed under this key before, and neither saved nor discarded. */
export function useKeptDraft(key: string): Draft | undefined {
  const cache = useQueryClient()
  return useState(() => cache.getQueryData<Draft>(['drafts', key]))[0]
}

/** Whether something typed under a key is neither saved nor discarded by now. */
export function useHasDraft(): (key: string) => boolean {
  const cache = useQueryClient()
  return (key) => cache.getQueryData<Draft>(['drafts', key]) !== undefined
}

/**
 * What is typed outlives the form: it is kept with the answers of the server until it is saved or discarded, so that closing a drawer or
 * opening another job loses nothing. A reload asks first.
 */
export function useDraft(key: string, begin: () => Draft): DraftHolder {
  const cache = useQueryClient()
  const kept = useKeptDraft(key)
  const [draft, setDraft] = useState(() => kept ?? begin())
  const isChanged = differences(draft.base, draft.values).length > 0
  const forget = useCallback(() => cache.removeQueries({ queryKey: ['drafts', key], exact: true }), [cache, key])
  const replace = useCallback(
    (next: Draft) => {
      setDraft(next)
      if (differences(next.base, next.values).length === 0) forget()
      else {
        cache.setQueryDefaults(['drafts'], { gcTime: Number.POSITIVE_INFINITY, structuralSharing: false })
        cache.setQueryData(['drafts', key], next)
      }
    },
    [cache, key, forget],
  )
  useEffect(() => {
    if (!isChanged) return undefined
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [isChanged])
  return {
    draft,
    isChanged,
    isKept: kept !== undefined && isChanged,
    change: (change) => replace(identified({ ...draft, values: { ...draft.values, ...change } })),
    replace,
    note: ({ values, requestId }) => {
      // The form may be closed, or changed, by then.
      const noted = (before: Draft): Draft => identified({ ...before, unanswered: { values, requestId } })
      setDraft(noted)
      cache.setQueryData<Draft>(['drafts', key], (before) => (before === undefined ? undefined : noted(before)))
    },
    discard: () => replace(begin()),
    forget,
  }
}
