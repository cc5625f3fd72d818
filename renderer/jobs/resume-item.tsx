import { Menu } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { JobRow } from '../../shared/contract/jobs.ts'
import { useQueries } from '../client/context.tsx'
import { knownOf } from '../client/queries.ts'
import { resumeInWords, useResume } from '../details/run/use-resume.ts'
import { useJobType } from '../run-now/use-job-type.ts'
import { useWhyNot } from '../run-now/why-not.ts'

/** Goes on with the last run of a job that failed, where that can be; nothing else is asked for. */
export function ResumeItem({ job }: { job: JobRow }) {
  const jobType = useJobType(job.jobType)
  const { lastRun, currentRun } = job
  if (jobType?.resume !== true || currentRun !== null || lastRun?.status !== 'failed') return null
  return <ResumeRun runId={lastRun.id} />
}

function ResumeRun({ runId }: { runId: string }) {
  const answer = useQuery(useQueries().runs.get.queryOptions({ input: { runId } }))
  const offer = knownOf(answer)?.resume ?? null
  const whyNot = useWhyNot()
  const resume = useResume(runId)
  if (offer === null) return null
  return (
    <Menu.Item disabled={whyNot !== null} onClick={resume.start}>
      {resumeInWords(offer)}
    </Menu.Item>
  )
}
