import { Button } from '@mantine/core'
import { useCallback, useEffect, useRef } from 'react'
import type { RunRow } from '../../../shared/contract/runs.ts'
import { usePreferences } from '../../app/preferences.tsx'
import { notifyFailure } from '../../components/notify.ts'
import { isInProgress, runInWords } from '../../details/run/run-words.ts'
import { useCancelRun, useRerun } from '../../details/run/use-run-commands.ts'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from './run-history.module.css'

export type RowCommandName = 'cancel' | 'rerun'

/** `x` and `r` on a row, unless single-key shortcuts are switched off. */
export function useRowKeys(ask: (command: { name: RowCommandName; run: RunRow }) => void) {
  const { singleKeys } = usePreferences().preferences
  return useCallback(
    (key: string, run: RunRow) => {
      if (!singleKeys) return
      if (key === 'x' && isInProgress(run.status)) ask({ name: 'cancel', run })
      if (key === 'r') ask({ name: 'rerun', run })
    },
    [singleKeys, ask],
  )
}

export interface RowCommandProps {
  readonly name: RowCommandName
  readonly run: RunRow
  readonly onDone: () => void
}

/** A key can be hit by accident: below the list stands what it would do, with the focus on the harmless answer. */
export function RowCommand({ name, run, onDone }: RowCommandProps) {
  const bar = useRef<HTMLDivElement>(null)
  const whyNot = useWhyNot()
  const cancel = useCancelRun(run.id, onDone)
  const rerun = useRerun(run.id, onDone)
  const command = name === 'cancel' ? cancel : rerun
  useEffect(() => {
    const cameFrom = document.activeElement
    bar.current?.querySelector('button')?.focus()
    return () => {
      if (cameFrom instanceof HTMLElement && cameFrom.isConnected) cameFrom.focus()
    }
  }, [])
  useEffect(() => {
    if (command.error !== null) notifyFailure(command.error)
  }, [command.error])
  const question =
    name === 'cancel'
      ? `Cancel the run of ${runInWords(run)}? Its agent stops the step in progress.`
      : `Run ${runInWords(run)} once more, with the same parameters?`
  return (
    <div
      ref={bar}
      role="alertdialog"
      aria-label={question}
      className={classes['command']}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        onDone()
      }}
    >
      <bdi>{whyNot ?? question}</bdi>
      <span className={classes['spacer']} />
      <Button variant="default" onClick={onDone}>
        {name === 'cancel' ? 'Keep running' : 'Cancel'}
      </Button>
      <Button
        color={name === 'cancel' ? 'red' : undefined}
        loading={command.isPending}
        disabled={whyNot !== null}
        onClick={() => (name === 'cancel' ? cancel.start() : rerun.start())}
      >
        {name === 'cancel' ? 'Cancel run' : 'Rerun'}
      </Button>
    </div>
  )
}
