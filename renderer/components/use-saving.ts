import { useMutation } from '@tanstack/react-query'
import { commandFailureOf, failureOf } from '../client/queries.ts'
import { notifyDone, notifyFailure, notifyUndoable } from './notify.ts'
import { overlap, same, withMine } from './settling.ts'

/** One kind of thing that people edit: how it is read, written and removed. What was seen goes along, so that nothing newer is overwritten. */
export interface EditedThings<
  Thing extends { readonly id: string },
  Values extends object,
  Written extends WrittenThing,
> {
  /** In a sentence: "route". */
  readonly what: string
  readonly valuesOf: (thing: Thing) => Values
  /** What of them is written: the rest may differ where nobody has changed anything. */
  readonly inputOf: (values: Values) => object
  /** As it is now; null = there is none. */
  readonly read: (id: string) => Promise<Thing | null>
  /** Null makes a new one. */
  readonly write: (seen: Thing | null, values: Values) => Promise<Written>
  readonly remove: (seen: Thing) => Promise<unknown>
  readonly onSettled: () => Promise<unknown>
}

interface WrittenThing {
  readonly id: string
  readonly changed: boolean
}

export interface Saving<Thing, Values> {
  /** As it was when the edit began; null for a new one. */
  readonly base: Thing | null
  readonly values: Values
  readonly onSaved?: (id: string) => void
  /**
   * Somebody saved it meanwhile; null: somebody removed it. Left out: what they changed beside mine stays, and where both changed the same
   * it is told at once.
   */
  readonly onConflict?: (theirs: Thing | null) => void
}

/** Makes and changes. Nothing that somebody else saved meanwhile is overwritten, and what was saved can be taken back. */
export function useSaving<Thing extends { readonly id: string }, Values extends object, Written extends WrittenThing>(
  things: EditedThings<Thing, Values, Written>,
  inWords: (saved: { readonly base: Thing | null; readonly values: Values; readonly written: Written }) => string,
) {
  const { what, valuesOf, read, write, onSettled } = things
  const takeBack = useTakeBack(things)
  const saving = useMutation({
    mutationFn: async ({ base, values, onConflict }: Saving<Thing, Values>) => {
      try {
        return { written: await write(base, values), over: base, saved: values }
      } catch (thrown) {
        if (base === null || onConflict !== undefined || failureOf(thrown).code !== 'CONFLICT') throw thrown
        const theirs = await read(base.id)
        if (theirs === null || overlap(valuesOf(base), values, valuesOf(theirs))) throw thrown
        const saved = withMine(valuesOf(base), values, valuesOf(theirs))
        return { written: await write(theirs, saved), over: theirs, saved }
      }
    },
    // Taking it back leaves what somebody else has changed beside it.
    onSuccess: ({ written, over, saved }, { base, values, onSaved }) => {
      onSaved?.(written.id)
      if (!written.changed) return notifyDone(`The ${what} is like this already.`)
      notifyUndoable(inWords({ base, values, written }), {
        label: base === null ? 'Undo: remove it' : 'Undo: change it back',
        run: () => takeBack({ id: written.id, saved, before: over === null ? null : valuesOf(over) }),
      })
    },
    onError: async (thrown, { base, onConflict }) => {
      if (onConflict === undefined) return notifyFailure(thrown)
      const { code, field } = failureOf(thrown)
      if (base === null || (field !== 'seenAt' && code !== 'NOT_FOUND')) return
      const theirs = await read(base.id)
      // What it names may be what is not found.
      if (field === 'seenAt' || theirs === null) onConflict(theirs)
    },
    onSettled,
  })
  return {
    isPending: saving.isPending,
    /** Does nothing while one is on its way. */
    save: (saved: Saving<Thing, Values>) => {
      if (!saving.isPending) saving.mutate(saved)
    },
    failure: saving.error === null ? null : commandFailureOf(saving.error),
    /** What failed is being settled. */
    settle: saving.reset,
  }
}

/** Puts back what was there before, unless somebody has changed it since. */
function useTakeBack<Thing extends { readonly id: string }, Values extends object, Written extends WrittenThing>({
  what,
  valuesOf,
  inputOf,
  read,
  write,
  remove,
  onSettled,
}: EditedThings<Thing, Values, Written>) {
  const { mutate } = useMutation({
    /** Null before: there was none. */
    mutationFn: async ({ id, saved, before }: { id: string; saved: Values; before: Values | null }) => {
      const now = await read(id)
      if (now === null || !same(inputOf(valuesOf(now)), inputOf(saved))) {
        return `The ${what} was changed since: nothing was taken back.`
      }
      await (before === null ? remove(now) : write(now, before))
      return before === null ? `The ${what} is gone again.` : `The ${what} is as it was.`
    },
    onSuccess: notifyDone,
    onError: notifyFailure,
    onSettled,
  })
  return mutate
}

interface Removal<Thing> {
  /** As it was seen. */
  readonly remove: (thing: Thing) => Promise<unknown>
  readonly inWords: (thing: Thing) => string
  /** "add it again" */
  readonly undo: string
  readonly bringBack: (thing: Thing) => Promise<unknown>
  readonly backInWords: string
  readonly onSettled: () => Promise<unknown>
}

/** Removes at once, with a way back. */
export function useRemoval<Thing>({ remove, inWords, undo, bringBack, backInWords, onSettled }: Removal<Thing>) {
  const returning = useMutation({
    mutationFn: bringBack,
    onSuccess: () => notifyDone(backInWords),
    onError: notifyFailure,
    onSettled,
  })
  const removing = useMutation({
    mutationFn: remove,
    onSuccess: (_answer, thing) =>
      notifyUndoable(inWords(thing), { label: `Undo: ${undo}`, run: () => returning.mutate(thing) }),
    onError: notifyFailure,
    onSettled,
  })
  return { remove: removing.mutate, isPending: removing.isPending }
}
