import type { JobRow } from '../../../shared/contract/jobs.ts'
import type { JobStateWord } from '../../../shared/domain.ts'
import { counted } from '../../components/counts.ts'
import { brandOfJob } from '../../jobs/job-words.ts'

/**
 * What an operator would say first: what runs, what is in trouble, and which job that is when it is one. `isFiltered`: there may be others,
 * which are not counted.
 */
export function answerOf(
  byState: Readonly<Record<JobStateWord, number>>,
  jobs: readonly JobRow[],
  isFiltered: boolean,
): string {
  const { archived, ...others } = byState
  const { running, retrying, dead, paused, active } = others
  const busy = [
    running > 0 ? `${running} running` : null,
    retrying > 0 ? `${retrying} retrying` : null,
    dead > 0 ? `${dead} dead` : null,
  ].filter((part) => part !== null)
  if (Object.values(others).every((count) => count === 0)) {
    const none = isFiltered ? 'No jobs with these filters' : archived > 0 ? 'No jobs' : 'Nothing to run yet'
    return archived > 0 ? `${none} but ${counted(archived, 'archived one')}.` : `${none}.`
  }
  const rest = `${counted(active, 'job')} waiting${paused > 0 ? `, ${paused} paused` : ''}`
  if (busy.length === 0) return `Nothing runs at the moment. ${rest}.`
  return `${busy.join(', ')}${worstInWords(jobs)}. ${rest}.`
}

/** The first dead job by name, since it waits for a person. */
function worstInWords(jobs: readonly JobRow[]): string {
  const dead = jobs.find((job) => job.state === 'dead')
  if (dead === undefined) return ''
  return `: ${dead.name} for ${brandOfJob(dead)} waits for a person`
}
