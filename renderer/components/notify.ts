import { notifications } from '@mantine/notifications'
import { createElement } from 'react'
import { type CallFailure, commandFailureOf, failureOf } from '../client/queries.ts'
import { OutcomeMessage } from './outcome-message.tsx'
import { type Outcome, outcomeInWords } from './outcome-words.ts'
import { TimesInText } from './times-in-text.tsx'
import { UndoMessage } from './undo-message.tsx'

const undoMs = 12_000
const passingMs = 5_000
/** What passes, or can be taken back, is shown before failures that stay until they are closed: those come back when it has gone. */
const first = 1

interface Undo {
  readonly label: string
  run(): void
}

/** Says what was done, with a way back for at least ten seconds (longer while the pointer or the focus is on it). */
export function notifyUndoable(message: string, undo: Undo): void {
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
    priority: first,
  })
}

export interface Telling {
  /** "12 jobs" */
  readonly counted: (count: number) => string
  /** Behind a count: "paused". */
  readonly done: string
  /** What takes it back, for those that it was done to; null = nothing does. */
  readonly undo: {
    readonly verb: (changed: ReadonlySet<string>) => string
    readonly run: (changed: ReadonlySet<string>) => void
  } | null
}

/** Says what became of one or many. Stays until it is closed when some were refused: somebody has to read why, and which. */
export function notifyOutcomes(outcomes: readonly Outcome[], { counted, done, undo }: Telling): void {
  const { message, reasons } = outcomeInWords(outcomes, counted, done)
  const changed = new Set(outcomes.filter(({ result }) => result === 'done').map(({ id }) => id))
  const way =
    undo === null || changed.size === 0
      ? null
      : { label: `Undo: ${uncapitalized(undo.verb(changed))}`, run: () => undo.run(changed) }
  if (outcomes.some(({ result }) => result === 'refused')) return notifyRefused(message, reasons, way)
  const whole = [message, ...reasons].join(' ')
  if (way === null) notifyDone(whole)
  else notifyUndoable(whole, way)
}

/** Names in it stay as they are. */
function uncapitalized(words: string): string {
  return `${words.slice(0, 1).toLowerCase()}${words.slice(1)}`
}

function notifyRefused(message: string, reasons: readonly string[], undo: Undo | null): void {
  const id = notifications.show({
    title: createElement(TimesInText, { text: message }),
    message: createElement(OutcomeMessage, {
      reasons,
      undo: undo && {
        label: undo.label,
        run: () => {
          notifications.hide(id)
          undo.run()
        },
      },
    }),
    autoClose: false,
    color: 'red',
    role: 'alert',
    ...(undo === null ? {} : { priority: first }),
  })
}

export function notifyDone(message: string): void {
  notifications.show({ message: createElement(TimesInText, { text: message }), autoClose: passingMs, priority: first })
}

/** Of a command. Stays until it is closed: somebody has to read it. */
export function notifyFailure(error: unknown): void {
  tell(commandFailureOf(error))
}

/** Of something that was to be read once, as a download is. */
export function notifyUnread(error: unknown): void {
  tell(failureOf(error, 'once'))
}

/** The same failure once more is the same notification. */
function tell({ message, fix }: CallFailure): void {
  notifications.show({
    id: `failure ${message} ${fix ?? ''}`,
    title: createElement(TimesInText, { text: message }),
    message: fix ?? '',
    autoClose: false,
    color: 'red',
    role: 'alert',
  })
}
