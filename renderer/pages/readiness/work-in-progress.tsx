import type { ReadinessItemRow } from '../../../shared/contract/readiness.ts'
import { useDrawer } from '../../app/places.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import { HeldUntil } from '../../jobs/next-run.tsx'
import own from './readiness.module.css'

const running = { state: 'running', word: 'Running' } as const
const queued = { state: 'pending', word: 'Queued' } as const

type Work = NonNullable<ReadinessItemRow['work']>

/** The run that will bring the data: where it is, how far, and the way to it. */
export function WorkInProgress({ work }: { work: Work }) {
  const { open } = useDrawer()
  const { state, jobId, jobType, runId, since, hold, step } = work
  const isRunning = state === 'running'
  return (
    <div className={own['work']}>
      <StateMark withWord {...(isRunning ? running : hold === null ? queued : { state: 'held' })} />
      <button
        type="button"
        className="pm-link"
        onClick={() => open(runId === null ? { kind: 'job', jobId } : { kind: 'run', runId })}
      >
        <Name text={jobType} />
      </button>
      <span className="pm-dim">
        {hold !== null ? (
          <HeldUntil hold={hold} />
        ) : (
          <>
            {step === null ? isRunning ? 'starting' : 'waits for an agent' : <Name text={step.key} />}{' '}
            <Age at={since} none="" />
          </>
        )}
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
