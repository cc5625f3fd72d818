import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useQueries } from '../../../client/context.tsx'
import { knownOf } from '../../../client/queries.ts'
import { Unanswered } from '../../../components/failure.tsx'
import { StateMark, stateNamed } from '../../../components/state-mark.tsx'
import { Age, Duration } from '../../../components/time.tsx'
import { OneLine } from '../../../components/untrusted.tsx'
import classes from '../../page.module.css'
import type { Check } from './check-values.ts'

/** The last runs that pings of a check told of. */
export function PingRuns({ check: { id: checkId, name, pings } }: { check: Check }) {
  const answer = useQuery(useQueries().pings.runs.queryOptions({ input: { checkId } }))
  const known = knownOf(answer)
  if (known === undefined) {
    return (
      <Unanswered answer={answer}>
        <Skeleton height={36} />
      </Unanswered>
    )
  }
  const { runs } = known
  if (runs.length === 0) return <p>No run was told of yet{pings > 0 ? `, in ${pings.toLocaleString()} pings` : ''}.</p>
  return (
    <div className={classes['wide']}>
      <table className={classes['table']}>
        <caption>Last runs, of {pings.toLocaleString()} pings</caption>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">When</th>
            <th scope="col">Took</th>
            <th scope="col">What it said</th>
          </tr>
        </thead>
        <tbody>
          {runs.map(({ id, status, firstAt, startedAt, completedAt, error: said, log }) => (
            <tr key={id} aria-label={`Run of ${name}`}>
              <td>
                <StateMark state={stateNamed(status ?? 'unknown')} withWord />
              </td>
              <td>
                <Age at={completedAt ?? firstAt} />
              </td>
              <td>
                {startedAt === null ? (
                  <span className="pm-dim">not known</span>
                ) : (
                  <Duration
                    ms={completedAt === null ? null : completedAt.getTime() - startedAt.getTime()}
                    since={status === 'running' ? startedAt : null}
                  />
                )}
              </td>
              <td>
                <OneLine text={said ?? log} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
