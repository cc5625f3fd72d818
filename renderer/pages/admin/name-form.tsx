import { Button, Group, TextInput } from '@mantine/core'
import { type RefObject, useState } from 'react'

export interface NameFormProps {
  readonly label: string
  readonly button: string
  readonly start?: string
  readonly isPending: boolean
  /** From the server; null = none. */
  readonly failure: string | null
  /** Why nothing can be changed now. */
  readonly whyNot: string | null
  /** Of the field. */
  readonly fieldRef?: RefObject<HTMLInputElement | null>
  readonly onSubmit: (name: string, done: () => void) => void
}

/** One line of text and what to do with it; empty again once that is done. */
export function NameForm(props: NameFormProps) {
  const { label, button, start = '', isPending, failure, whyNot, fieldRef, onSubmit } = props
  const [text, setText] = useState(start)
  const isSame = text.trim() === start
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!isSame && text.trim() !== '') onSubmit(text, () => setText(''))
      }}
    >
      <Group gap="xs" align="flex-end" mb="sm">
        <TextInput
          label={label}
          {...(fieldRef === undefined ? {} : { ref: fieldRef })}
          value={text}
          error={failure}
          disabled={whyNot !== null}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="default"
          loading={isPending}
          disabled={whyNot !== null || isSame || text.trim() === ''}
        >
          {button}
        </Button>
      </Group>
    </form>
  )
}
