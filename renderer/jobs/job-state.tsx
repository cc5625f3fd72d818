import type { JobRow } from '../../shared/contract/jobs.ts'
import { useNow } from '../client/now.tsx'
import { StateMark, stateWord } from '../components/state-mark.tsx'
import { OneLine } from '../components/untrusted.tsx'
import { reasonOfJob, stateOfJob } from './job-words.ts'
import { RunProgress } from './progress.tsx'

/** The state of a job, in words; `isShort` where there is no room for the sentence about the attempt. */
export function JobState({ job, isShort = false }: { job: JobRow; isShort?: boolean }) {
  const now = useNow()
  return <StateMark withWord {...(isShort ? stateInShort(job, now) : stateOfJob(job, now))} />
}

/** Where its run is, or why it does not do what it is there for. */
export function JobProgress({ job }: { job: JobRow }) {
  const now = useNow()
  return job.currentRun === null ? (
    <OneLine text={reasonOfJob(job, now)} withTimes />
  ) : (
    <RunProgress run={job.currentRun} />
  )
}

/** The attempt in figures. */
function stateInShort(job: JobRow, now: Date): ReturnType<typeof stateOfJob> {
  const { state, word } = stateOfJob(job, now)
  if (job.attempt <= 1 || (state !== 'retrying' && state !== 'running') || word === 'Stopping')
    return { state, ...(word === undefined ? {} : { word }) }
  return { state, word: `${stateWord(state)} ${job.attempt}/${job.maxRetries + 1}` }
}
