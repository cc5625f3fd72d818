import { useDrawer } from '../../app/places.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import { OneLine } from '../../components/untrusted.tsx'
import classes from './dataset-details.module.css'

export interface DatasetAttempt {
  readonly runId: string | null
  readonly happenedAt: Date
  readonly status: 'completed' | 'failed' | 'running' | 'unknown'
  readonly records: number | null
  readonly suspicious: boolean
  readonly error: string | null
}

/** The last ten attempts, the newest first; one without a run was recorded by another program. */
export function Attempts({ attempts }: { attempts: readonly DatasetAttempt[] }) {
  const { open } = useDrawer()
  return (
    <section aria-labelledby="attempts-title">
      <h3 id="attempts-title" className={classes['title']}>
        Last attempts
      </h3>
      {attempts.length === 0 ? (
        <p className="pm-dim">None yet.</p>
      ) : (
        <table className={classes['attempts']}>
          <thead className="pm-visually-hidden">
            <tr>
              <th scope="col">Result</th>
              <th scope="col">When</th>
              <th scope="col">Records</th>
              <th scope="col">Error</th>
            </tr>
          </thead>
          <tbody>
            {attempts.map(({ runId, happenedAt, status, records, suspicious, error }) => (
              <tr key={`${runId ?? 'outside'} ${happenedAt.getTime()}`}>
                <td>
                  <StateMark state={suspicious ? 'suspicious' : status} withWord />
                </td>
                <td>
                  {runId === null ? (
                    <Age at={happenedAt} />
                  ) : (
                    <button type="button" className="pm-link" onClick={() => open({ kind: 'run', runId })}>
                      <Age at={happenedAt} />
                    </button>
                  )}
                </td>
                <td className={classes['number']}>{records === null ? '' : records.toLocaleString()}</td>
                <td>
                  {runId === null && error === null ? (
                    <span className="pm-dim">another program</span>
                  ) : (
                    <OneLine text={error} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
