import type { ReadinessItemRow } from '../../../shared/contract/readiness.ts'
import { useDrawer } from '../../app/places.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import own from './readiness.module.css'

type Work = NonNullable<ReadinessItemRow['work']>

/** The run that will bring the data: where it is, how far, and the way to it. */
export function WorkInProgress({ work }: { work: Work }) {
  const { open } = useDrawer()
  const { state, jobId, jobType, runId, since, step } = work
  const isRunning = state === 'running'
  return (
    <div className={own['work']}>
      <StateMark state={isRunning ? 'running' : 'pending'} word={isRunning ? 'Running' : 'Queued'} withWord />
      <button
        type="button"
        className="pm-link"
        onClick={() => open(runId === null ? { kind: 'job', jobId } : { kind: 'run', runId })}
      >
        <Name text={jobType} />
      </button>
      <span className="pm-dim">
        {step === null ? isRunning ? 'starting' : 'waits for an agent' : <Name text={step.key} />}{' '}
        <Age at={since} none="" />
      </span>
      {step !== null && step.done !== null && step.total !== null && step.total > 0 && (
        <progress
          className={own['progress']}
          value={Math.min(step.done, step.total)}
          max={step.total}
          aria-label={`Progress of ${jobType.slice(0, 80)}: ${step.done} of ${step.total}`}
        />
      )}
    </div>
  )
}
