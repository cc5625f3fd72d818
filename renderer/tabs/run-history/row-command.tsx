import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { RunRow } from '../../../shared/contract/runs.ts'
import { useQueries } from '../../client/context.tsx'
import { failureOf } from '../../client/queries.ts'
import { AskBar } from '../../components/ask-bar.tsx'
import { rerunInWords } from '../../details/run/run-answer.ts'
import { isInProgress, runInWords } from '../../details/run/run-words.ts'
import { type ResumeOffer, resumeFacts, resumeInWords, useResume } from '../../details/run/use-resume.ts'
import { useCancelRun, useRerun, useWhyNotRerun } from '../../details/run/use-run-commands.ts'
import { useWhyNot } from '../../run-now/why-not.ts'

export type RowCommandName = 'cancel' | 'rerun' | 'resume'

/** `x`, `r` and `s` on a row. */
export function useRowKeys(ask: (command: { name: RowCommandName; run: RunRow }) => void) {
  return useCallback(
    (key: string, run: RunRow) => {
      if (key === 'x' && isInProgress(run.status)) ask({ name: 'cancel', run })
      if (key === 'r') ask({ name: 'rerun', run })
      if (key === 's' && run.status === 'failed') ask({ name: 'resume', run })
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
  if (name === 'cancel') return <CancelRow run={run} onDone={onDone} />
  return name === 'rerun' ? <RerunRow run={run} onDone={onDone} /> : <ResumeRow run={run} onDone={onDone} />
}

function CancelRow({ run, onDone }: Omit<RowCommandProps, 'name'>) {
  const whyNot = useWhyNot()
  const { start, isPending } = useCancelRun(run.id, onDone)
  return (
    <AskBar
      whyNot={whyNot}
      isPending={isPending}
      question={`Cancel the run of ${runInWords(run)}? Its agent stops the step in progress.`}
      yes="Cancel run"
      no="Keep running"
      isDangerous
      onYes={() => start()}
      onNo={onDone}
    />
  )
}

function RerunRow({ run, onDone }: Omit<RowCommandProps, 'name'>) {
  // The list does not say what its runs were given.
  const { data } = useQuery(useQueries().runs.get.queryOptions({ input: { runId: run.id } }))
  const whyNot = useWhyNotRerun(run.jobType, data?.rerun)
  const { start, isPending } = useRerun(run.id, onDone)
  const given = data === undefined ? '' : `, with ${rerunInWords(data.rerun)}`
  return (
    <AskBar
      whyNot={whyNot}
      isPending={isPending}
      question={`Run ${runInWords(run)} once more${given}?`}
      yes="Rerun"
      no="Cancel"
      onYes={() => start()}
      onNo={onDone}
    />
  )
}

function whyNotResume(offer: ResumeOffer | null, isAnswered: boolean, error: Error | null): string | null {
  if (offer !== null) return null
  if (isAnswered) return 'It can only be done from the beginning.'
  return error === null ? 'Looking at where it failed.' : failureOf(error).message
}

function ResumeRow({ run, onDone }: Omit<RowCommandProps, 'name'>) {
  // The list does not know at which step its runs failed.
  const { data, error } = useQuery(useQueries().runs.get.queryOptions({ input: { runId: run.id } }))
  const offer = data?.resume ?? null
  const whyNotRerun = useWhyNotRerun(run.jobType, data?.rerun)
  const { start, isPending } = useResume(run.id, onDone)
  const question =
    offer === null ? `Go on with ${runInWords(run)} where it failed?` : `${resumeInWords(offer)}: ${runInWords(run)}?`
  return (
    <AskBar
      whyNot={whyNotRerun ?? whyNotResume(offer, data !== undefined, error)}
      isPending={isPending}
      question={offer === null ? question : `${question} ${resumeFacts(offer)}`}
      yes="Resume"
      no="Cancel"
      onYes={start}
      onNo={onDone}
    />
  )
}
