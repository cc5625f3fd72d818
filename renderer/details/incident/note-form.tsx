import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useIncidentActions, useWhyNotAct } from '../../incidents/use-incident-actions.ts'
import type { WholeIncident } from './incident-answer.ts'
import classes from './incident-details.module.css'

const longest = 2_000

/** A word for everybody who looks; it stays in the field until the agent has it. */
export function NoteForm({ incident }: { incident: WholeIncident }) {
  const [text, setText] = useState('')
  const { act, isPending } = useIncidentActions()
  const whyNot = useWhyNotAct()
  const note = text.trim()
  return (
    <form
      className={classes['noteForm']}
      data-unsaved={note !== ''}
      onSubmit={(event) => {
        event.preventDefault()
        if (note !== '') act({ action: 'annotate', note }, [incident], () => setText(''))
      }}
    >
      <Textarea
        label="Note"
        placeholder="What everybody should know about it"
        autosize
        minRows={1}
        maxRows={8}
        maxLength={longest}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button
        type="submit"
        variant="default"
        loading={isPending && note !== ''}
        disabled={note === '' || whyNot !== null}
        title={whyNot ?? undefined}
      >
        Write the note
      </Button>
    </form>
  )
}
