import type { JobRow } from '../../shared/contract/jobs.ts'
import { stepInWords } from './job-words.ts'
import classes from './progress.module.css'

/** Where the run in progress is: `3/5 assets`, with a bar when the step says how far it is. */
export function RunProgress({ run }: { run: NonNullable<JobRow['currentRun']> }) {
  if (run.step === null) return <span className="pm-dim">starting</span>
  const { done, total } = run.step
  const words = stepInWords(run.step)
  return (
    <span className={classes['progress']}>
      <bdi className="pm-clip">{words}</bdi>
      {done !== null && total !== null && total > 0 && (
        <progress
          className={classes['bar']}
          value={Math.min(done, total)}
          max={total}
          aria-label={`${words}: ${done} of ${total}`}
        />
      )}
    </span>
  )
}
