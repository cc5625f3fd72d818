import { Button, Tooltip } from '@mantine/core'
import type { RunAnswer } from './run-answer.ts'
import { runInWords } from './run-words.ts'
import { type ResumeOffer, resumeFacts, resumeInWords, useResume } from './use-resume.ts'
import { useWhyNotRerun } from './use-run-commands.ts'

/** New work that begins with the step at which this run failed. */
export function ResumeButton({ run, rerun, offer }: Pick<RunAnswer, 'run' | 'rerun'> & { offer: ResumeOffer }) {
  const reason = useWhyNotRerun(run.jobType, rerun)
  const resume = useResume(run.id)
  return (
    <Tooltip label={reason ?? resumeFacts(offer)} multiline maw={360}>
      <Button
        variant="default"
        loading={resume.isPending}
        aria-disabled={reason !== null}
        data-disabled={reason !== null || undefined}
        aria-label={`${resumeInWords(offer)}: ${runInWords(run)}`}
        onClick={reason === null ? resume.start : undefined}
      >
        {resumeInWords(offer)}
      </Button>
    </Tooltip>
  )
}
