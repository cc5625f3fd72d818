import { Button, Popover } from '@mantine/core'
import { type ReactNode, useState } from 'react'

/** A button and the form that it opens; `children` gets how to close it. */
export function FormButton(props: {
  label: string
  words: string
  whyNot: string | null
  children: (close: () => void) => ReactNode
}) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" width={300} trapFocus returnFocus>
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
      <Popover.Dropdown>{isOpen && props.children(() => setIsOpen(false))}</Popover.Dropdown>
    </Popover>
  )
}
