import { useDrawer } from '../../app/places.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { Duration, Instant } from '../../components/time.tsx'
import type { RunAnswer } from './run-answer.ts'
import classes from './run-details.module.css'
import { isInProgress, stateOfRun } from './run-words.ts'

/** The attempts at the same work, first to last. */
export function RunAttempts({ answer: { run, attempts } }: { answer: RunAnswer }) {
  const { open } = useDrawer()
  return (
    <div className={classes['body']}>
      <ol className={classes['attempts']}>
        {attempts.map((attempt) => (
          <li key={attempt.id} aria-current={attempt.id === run.id || undefined}>
            <span className={classes['attemptNumber']}>{attempt.attempt}</span>
            <StateMark withWord {...stateOfRun(attempt)} />
            <Instant at={attempt.startedAt} zone={run.timeZone} none="not started" />
            <Duration ms={attempt.durationMs} since={isInProgress(attempt.status) ? attempt.startedAt : null} />
            <span className={classes['spacer']} />
            {attempt.id === run.id ? (
              <span className="pm-dim">this run</span>
            ) : (
              <button
                type="button"
                className="pm-link"
                aria-label={`Open attempt ${attempt.attempt}`}
                onClick={() => open({ kind: 'run', runId: attempt.id })}
              >
                Open
              </button>
            )}
          </li>
        ))}
      </ol>
    </div>
  )
}
