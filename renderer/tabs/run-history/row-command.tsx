import { useCallback, useEffect } from 'react'
import type { RunRow } from '../../../shared/contract/runs.ts'
import { AskBar } from '../../components/ask-bar.tsx'
import { notifyFailure } from '../../components/notify.ts'
import { isInProgress, runInWords } from '../../details/run/run-words.ts'
import { useCancelRun, useRerun } from '../../details/run/use-run-commands.ts'
import { useWhyNot } from '../../run-now/why-not.ts'

export type RowCommandName = 'cancel' | 'rerun'

/** `x` and `r` on a row. */
export function useRowKeys(ask: (command: { name: RowCommandName; run: RunRow }) => void) {
  return useCallback(
    (key: string, run: RunRow) => {
      if (key === 'x' && isInProgress(run.status)) ask({ name: 'cancel', run })
      if (key === 'r') ask({ name: 'rerun', run })
    },
    [ask],
  )
}

export interface RowCommandProps {
  readonly name: RowCommandName
  readonly run: RunRow
  readonly onDone: () => void
}

/** A key can be hit by accident: below the list stands what it would do. */
export function RowCommand({ name, run, onDone }: RowCommandProps) {
  const whyNot = useWhyNot()
  const cancel = useCancelRun(run.id, onDone)
  const rerun = useRerun(run.id, onDone)
  const command = name === 'cancel' ? cancel : rerun
  useEffect(() => {
    if (command.error !== null) notifyFailure(command.error)
  }, [command.error])
  const common = { whyNot, isPending: command.isPending, onNo: onDone }
  if (name === 'cancel') {
    const question = `Cancel the run of ${runInWords(run)}? Its agent stops the step in progress.`
    return (
      <AskBar
        {...common}
        question={question}
        yes="Cancel run"
        no="Keep running"
        isDangerous
        onYes={() => cancel.start()}
      />
    )
  }
  const question = `Run ${runInWords(run)} once more, with the same parameters?`
  return <AskBar {...common} question={question} yes="Rerun" no="Cancel" onYes={() => rerun.start()} />
}
