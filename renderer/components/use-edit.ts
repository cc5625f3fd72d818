import { useState } from 'react'
import type { CallFailure } from '../client/queries.ts'
import { withMine } from './settling.ts'

/** Writes what was edited. */
export interface Saver<Thing, Values> {
  readonly save: (what: {
    /** As it was when the edit began; null for a new one. */
    readonly base: Thing | null
    readonly values: Values
    readonly onSaved: (id: string) => void
    /** Somebody saved it meanwhile; null: somebody removed it. */
    readonly onConflict: (theirs: Thing | null) => void
  }) => void
  readonly isPending: boolean
  readonly failure: CallFailure | null
  /** What failed is being settled. */
  readonly settle: () => void
}

interface EditOptions<Thing, Values> {
  /** Null makes a new one. */
  readonly thing: Thing | null
  /** What a new one begins with. */
  readonly begin: Values
  readonly valuesOf: (thing: Thing) => Values
  readonly saver: Saver<Thing, Values>
  readonly onSaved: (id: string) => void
}

export interface Edit<Thing, Values> {
  /** What is written over; null = it is new, or somebody has removed it meanwhile. */
  readonly base: Thing | null
  readonly values: Values
  /** What somebody else saved first, until it is decided what counts. */
  readonly theirs: Thing | null
  readonly isGone: boolean
  readonly isPending: boolean
  readonly failure: Saver<Thing, Values>['failure']
  readonly valuesOf: (thing: Thing) => Values
  readonly change: (part: Partial<Values>) => void
  readonly submit: () => void
  readonly takeTheirs: () => void
  /** Saves what I changed; what only they changed stays theirs. */
  readonly keepMine: () => void
}

/** One thing being edited, while others may do so, too. */
export function useEdit<Thing, Values extends object>(options: EditOptions<Thing, Values>): Edit<Thing, Values> {
  const { thing, begin, valuesOf, saver, onSaved } = options
  const [base, setBase] = useState(thing)
  const [values, setValues] = useState(() => (thing === null ? begin : valuesOf(thing)))
  const [theirs, setTheirs] = useState<Thing | null>(null)
  const [isGone, setIsGone] = useState(false)
  const write = (from: Thing | null, next: Values): void =>
    saver.save({
      base: from,
      values: next,
      onSaved,
      onConflict: (saved) => {
        saver.settle()
        setTheirs(() => saved)
        setIsGone(saved === null)
        if (saved === null) setBase(null)
      },
    })
  const settle = (saved: Thing, next: Values): void => {
    setBase(() => saved)
    setValues(next)
    setTheirs(null)
  }
  return {
    base,
    values,
    theirs,
    isGone,
    isPending: saver.isPending,
    failure: saver.failure,
    valuesOf,
    change: (part) => setValues((before) => ({ ...before, ...part })),
    submit: () => write(base, values),
    takeTheirs: () => {
      if (theirs !== null) settle(theirs, valuesOf(theirs))
    },
    keepMine: () => {
      if (theirs === null || base === null) return
      const next = withMine(valuesOf(base), values, valuesOf(theirs))
      settle(theirs, next)
      write(theirs, next)
    },
  }
}
