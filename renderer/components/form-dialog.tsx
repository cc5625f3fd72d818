import { Modal } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useReturnFocus } from '../app/return-focus.ts'

/** A form over the page. Escape and a click beside it close it as long as nothing would be lost; afterwards the focus is where it was. */
export function FormDialog(props: {
  readonly title: string
  /** px */
  readonly size?: number
  readonly onClose: () => void
  /** The form; it calls `onTouch` when something is typed. */
  readonly children: (onTouch: () => void) => ReactNode
}) {
  const { title, size = 560, onClose, children } = props
  useReturnFocus()
  const [isTouched, setIsTouched] = useState(false)
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={size}
      closeOnEscape={!isTouched}
      closeOnClickOutside={!isTouched}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {children(() => setIsTouched(true))}
    </Modal>
  )
}
