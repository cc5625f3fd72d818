import { Popover, type PopoverProps } from '@mantine/core'
import { createContext, type ReactNode, use, useState } from 'react'

const Touch = createContext<() => void>(() => undefined)

/** Tells the popover around it that something was changed which closing would lose; for what is no event of a field, such as a choice. */
export function useTouch(): () => void {
  return use(Touch)
}

export interface FormPopoverProps extends Pick<PopoverProps, 'position' | 'width' | 'children'> {
  readonly opened: boolean
  readonly onChange: (opened: boolean) => void
}

/**
 * A form that hangs on a button; the form is in a `FormDropdown`. Escape and a click elsewhere close it as long as nothing would be lost:
 * after that it needs a button of its own to be closed.
 */
export function FormPopover({ opened, ...popover }: FormPopoverProps) {
  const [isTouched, setIsTouched] = useState(false)
  if (!opened && isTouched) setIsTouched(false)
  return (
    <Touch value={() => setIsTouched(true)}>
      <Popover
        position="bottom-end"
        trapFocus
        returnFocus
        opened={opened}
        closeOnEscape={!isTouched}
        closeOnClickOutside={!isTouched}
        {...popover}
      />
    </Touch>
  )
}

/** Whatever is typed or ticked in it would be lost. */
export function FormDropdown({ label, children }: { readonly label?: string; readonly children: ReactNode }) {
  return (
    <Popover.Dropdown aria-label={label} onChange={useTouch()}>
      {children}
    </Popover.Dropdown>
  )
}
