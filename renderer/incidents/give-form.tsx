import { Autocomplete, Button, Stack } from '@mantine/core'
import { useState } from 'react'
import { personOf, whyNotGive } from '../../shared/on-it.ts'
import { useSession } from '../client/context.tsx'
import { usePeople } from './use-people.ts'

/** Asks for a name: of somebody who was here lately, or any; `me` is whoever asks. */
export function GiveForm({ onGive }: { onGive: (to: string) => void }) {
  const [name, setName] = useState('')
  const { operator } = useSession()
  const to = personOf(name.trim(), operator)
  const whyNot = whyNotGive(to)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (to !== '' && whyNot === null) onGive(to)
      }}
    >
      <Stack gap={6}>
        <Autocomplete
          label="Who is on it"
          data-autofocus
          maxLength={100}
          data={usePeople()}
          comboboxProps={{ withinPortal: false }}
          error={whyNot === null ? null : `This ${whyNot}.`}
          value={name}
          onChange={setName}
        />
        <Button type="submit" disabled={to === '' || whyNot !== null}>
          {to === '' ? 'Give' : `Give to ${to.slice(0, 24)}`}
        </Button>
      </Stack>
    </form>
  )
}
