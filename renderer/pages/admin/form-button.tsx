import { Button, Popover } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { FormDropdown, FormPopover } from '../../components/form-popover.tsx'

/** A button and the form that it opens; `children` gets how to close it. */
export function FormButton(props: {
  label: string
  words: string
  whyNot: string | null
  children: (close: () => void) => ReactNode
}) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <FormPopover opened={isOpen} onChange={setIsOpen} width={300}>
      <Popover.Target>
        <Button
          variant="default"
          disabled={props.whyNot !== null}
          title={props.whyNot ?? undefined}
          aria-label={props.label}
          onClick={() => setIsOpen(!isOpen)}
        >
          {props.words}
        </Button>
      </Popover.Target>
      <FormDropdown>
        {isOpen && props.children(() => setIsOpen(false))}
        <Button variant="default" fullWidth mt="xs" onClick={() => setIsOpen(false)}>
          Cancel
        </Button>
      </FormDropdown>
    </FormPopover>
  )
}
