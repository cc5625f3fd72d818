import { Button, Popover } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import { GiveForm } from './give-form.tsx'

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
