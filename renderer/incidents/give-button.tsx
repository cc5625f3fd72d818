import { Autocomplete, Button, Popover, Stack } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import { usePeople } from './use-people.ts'

export interface GiveButtonProps {
  /** "Give to…", "Give 12 to…" */
  readonly label: string
  /** Why nothing can be given; null when it can. */
  readonly whyNot: string | null
  readonly onGive: (to: string) => void
}

/** Says who is on it: somebody who was here lately, or any name. */
export function GiveButton({ label, whyNot, onGive }: GiveButtonProps) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" width={260} trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          rightSection={<IconChevronDown size={14} aria-hidden />}
          disabled={whyNot !== null}
          title={whyNot ?? undefined}
          onClick={() => setIsOpen(!isOpen)}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Give to somebody">
        {isOpen && (
          <GiveForm
            onGive={(to) => {
              setIsOpen(false)
              onGive(to)
            }}
          />
        )}
      </Popover.Dropdown>
    </Popover>
  )
}

function GiveForm({ onGive }: { onGive: (to: string) => void }) {
  const [name, setName] = useState('')
  const to = name.trim()
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (to !== '') onGive(to)
      }}
    >
      <Stack gap={6}>
        <Autocomplete
          label="Who is on it"
          data-autofocus
          maxLength={100}
          data={usePeople()}
          comboboxProps={{ withinPortal: false }}
          value={name}
          onChange={setName}
        />
        <Button type="submit" disabled={to === ''}>
          {to === '' ? 'Give' : `Give to ${to.slice(0, 24)}`}
        </Button>
      </Stack>
    </form>
  )
}
