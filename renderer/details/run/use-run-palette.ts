import { useAsk } from '../../app/ask.tsx'
import { useCommands } from '../../app/commands.tsx'
import { copyLinkTo } from '../../app/copy-link.ts'
import { useWhyNot } from '../../run-now/why-not.ts'
import { type RunAnswer, rerunInWords } from './run-answer.ts'
import { runInWords, whyNotCancel } from './run-words.ts'
import { useLogDownload } from './use-log-download.ts'
import { resumeInWords, useResume } from './use-resume.ts'
import { useCancelRun, useRerun, useWhyNotRerun } from './use-run-commands.ts'

/** Offers what can be done to the run that is open in the palette; what cannot be done now is listed with its reason. */
export function useRunPalette({ run, rerun: given, resume: offer }: Pick<RunAnswer, 'run' | 'rerun' | 'resume'>): void {
  const ask = useAsk()
  const whyNot = useWhyNot()
  const whyNotRerun = useWhyNotRerun(run.jobType, given)
  const cancel = useCancelRun(run.id, ignore)
  const rerun = useRerun(run.id, ignore)
  const resume = useResume(run.id)
  const download = useLogDownload(run.id)
  useCommands([
    {
      id: 'run cancel',
      label: 'Cancel this run',
      disabledReason: whyNot ?? whyNotCancel(run),
      run: () =>
        ask({
          question: `Cancel the run of ${runInWords(run)}? Its agent stops the step in progress.`,
          yes: 'Cancel run',
          no: 'Keep running',
          isDangerous: true,
          onYes: () => cancel.start(),
        }),
    },
    {
      id: 'run rerun',
      label: `Rerun this run with ${rerunInWords(given)}`,
      disabledReason: whyNotRerun,
      run: () => rerun.start(),
    },
    ...(offer === null
      ? []
      : [
          {
            id: 'run resume',
            label: `${resumeInWords(offer)} with this run`,
            disabledReason: whyNotRerun,
            run: resume.start,
          },
        ]),
    {
      id: 'run log',
      label: 'Download the log of this run',
      disabledReason: download.isRunning ? 'It is on its way.' : null,
      run: download.start,
    },
    { id: 'run link', label: 'Copy the link of this run', run: () => copyLinkTo({ kind: 'run', runId: run.id }) },
  ])
}

/** The message says it; nothing here has to be closed. */
function ignore(): void {}
