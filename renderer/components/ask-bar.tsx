import { Button } from '@mantine/core'
import { useEffect, useRef } from 'react'
import classes from './ask-bar.module.css'
import { focusPage } from './list-focus.ts'

export interface AskBarProps {
  /** Names the object, and the count where there are several. */
  readonly question: string
  /** The verb: "Cancel run". */
  readonly yes: string
  /** The harmless answer, which has the focus: "Keep running". */
  readonly no: string
  readonly isDangerous?: boolean
  readonly isPending?: boolean
  /** Why it cannot be done; said instead of the question. */
  readonly whyNot?: string | null
  readonly onYes: () => void
  readonly onNo: () => void
}

/** What cannot be taken back is asked for below the page, with the focus on the harmless answer; afterwards the focus is where it was. */
export function AskBar(props: AskBarProps) {
  const { question, yes, no, isDangerous = false, isPending = false, whyNot = null, onYes, onNo } = props
  const bar = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const cameFrom = placeOf(document.activeElement)
    bar.current?.querySelector('button')?.focus()
    return () => {
      if (cameFrom instanceof HTMLElement && cameFrom.isConnected) cameFrom.focus()
      if (document.activeElement === document.body) focusPage()
    }
  }, [])
  return (
    <div
      ref={bar}
      role="alertdialog"
      aria-label={question}
      className={classes['bar']}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        onNo()
      }}
    >
      <bdi className={classes['question']}>{whyNot ?? question}</bdi>
      <Button variant="default" onClick={onNo}>
        {no}
      </Button>
      <Button color={isDangerous ? 'red' : undefined} loading={isPending} disabled={whyNot !== null} onClick={onYes}>
        {yes}
      </Button>
    </div>
  )
}

/** Where the focus goes back to: of a menu, which is gone by then, to its button. */
function placeOf(focused: Element | null): Element | null {
  const button = focused?.closest('[role="menu"]')?.getAttribute('aria-labelledby') ?? null
  return button === null ? focused : document.getElementById(button)
}
