import { Button, Group } from '@mantine/core'
import type { ReactNode } from 'react'
import { useReturnFocus } from '../app/return-focus.ts'
import { useWhyNot } from '../run-now/why-not.ts'
import { Conflict } from './conflict.tsx'
import classes from './edit-form.module.css'
import { changedFields } from './settling.ts'
import type { Edit } from './use-edit.ts'

export interface EditFormProps<Thing, Values> {
  readonly edit: Edit<Thing, Values>
  /** In a sentence: "route". */
  readonly what: string
  /** Of the form, for those who do not see it. */
  readonly label: string
  /** Whether the fields make sense. */
  readonly isReady: boolean
  /** What saving does once somebody has removed it: "Saving adds it again." */
  readonly ifGone: string
  /** Who saved it; null = nobody knows. */
  readonly savedBy: (thing: Thing) => string | null
  readonly labels: Readonly<Record<keyof Values, string>>
  readonly fieldInWords: (values: Values, field: keyof Values) => string
  readonly onClose: () => void
  readonly children: ReactNode
}

/** The fields of one thing, what went wrong, and both versions where somebody else saved it first. */
export function EditForm<Thing, Values extends object>(props: EditFormProps<Thing, Values>) {
  const { edit, what, label, isReady, ifGone, onClose, children } = props
  useReturnFocus()
  const { base, theirs, isGone, isPending, failure } = edit
  const whyNot = useWhyNot()
  const isSavable = isReady && theirs === null
  return (
    <form
      className={classes['form']}
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault()
        if (isSavable) edit.submit()
      }}
    >
      {children}
      {isGone && (
        <p role="alert">
          Somebody has removed this {what} meanwhile. {ifGone}
        </p>
      )}
      {failure !== null && (
        <p role="alert">
          {failure.message} {failure.fix}
        </p>
      )}
      {theirs !== null && base !== null && <EditConflict {...props} base={base} theirs={theirs} />}
      <Group gap="xs">
        <Button type="submit" loading={isPending} disabled={whyNot !== null || !isSavable} title={whyNot ?? undefined}>
          {base === null ? `Add the ${what}` : `Save the ${what}`}
        </Button>
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
      </Group>
    </form>
  )
}

function EditConflict<Thing, Values extends object>({
  edit,
  base,
  theirs,
  what,
  savedBy,
  labels,
  fieldInWords,
}: EditFormProps<Thing, Values> & { readonly base: Thing; readonly theirs: Thing }) {
  const [before, saved] = [edit.valuesOf(base), edit.valuesOf(theirs)]
  const [byThem, byMe] = [changedFields(before, saved), changedFields(before, edit.values)]
  return (
    <Conflict
      title={`${(savedBy(theirs) ?? 'Somebody').slice(0, 100)} saved this ${what} first.`}
      rows={[...new Set([...byThem, ...byMe])].map((field) => ({
        label: labels[field],
        theirs: byThem.includes(field) ? fieldInWords(saved, field) : null,
        mine: byMe.includes(field) ? fieldInWords(edit.values, field) : null,
      }))}
      onTakeTheirs={edit.takeTheirs}
      onKeepMine={edit.keepMine}
    />
  )
}
