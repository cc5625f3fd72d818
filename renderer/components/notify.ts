import { notifications } from '@mantine/notifications'
import { createElement } from 'react'
import { type CallFailure, commandFailureOf, failureOf } from '../client/queries.ts'
import { TimesInText } from './times-in-text.tsx'
import { UndoMessage } from './undo-message.tsx'

const undoMs = 12_000
const passingMs = 5_000

/** Says what was done, with a way back for at least ten seconds (longer while the pointer or the focus is on it). */
export function notifyUndoable(message: string, undo: { readonly label: string; run(): void }): void {
  const id = notifications.show({
    message: createElement(UndoMessage, {
      message,
      label: undo.label,
      onUndo: () => {
        notifications.hide(id)
        undo.run()
      },
    }),
    autoClose: undoMs,
    withCloseButton: true,
  })
}

export function notifyDone(message: string): void {
  notifications.show({ message: createElement(TimesInText, { text: message }), autoClose: passingMs })
}

/** Of a command. Stays until it is closed: somebody has to read it. */
export function notifyFailure(error: unknown): void {
  tell(commandFailureOf(error))
}

/** Of something that was to be read once, as a download is. */
export function notifyUnread(error: unknown): void {
  tell(failureOf(error, 'once'))
}

function tell({ message, fix }: CallFailure): void {
  notifications.show({
    title: createElement(TimesInText, { text: message }),
    message: fix ?? '',
    autoClose: false,
    color: 'red',
    role: 'alert',
  })
}
