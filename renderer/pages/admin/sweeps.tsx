import type { Storage } from '../../../shared/contract/admin.ts'
import { StateMark, type StateName } from '../../components/state-mark.tsx'
import { Age, Duration, Instant } from '../../components/time.tsx'
import { Name, OneLine } from '../../components/untrusted.tsx'
import classes from '../page.module.css'
import own from './admin.module.css'
import { removedWords } from './storage-words.ts'

type Sweep = Storage['sweeps'][number]

const marks: { readonly [State in Sweep['state']]: { readonly state: StateName; readonly word: string } } = {
  running: { state: 'running', word: 'Sweeping' },
  completed: { state: 'completed', word: 'Completed' },
  stopped: { state: 'cancelled', word: 'Stopped' },
  failed: { state: 'failed', word: 'Not all of it' },
}

/** Who sweeps, and how the last sweep went or is going. */
export function LastSweep({ storage: { sweeps, leader } }: { storage: Storage }) {
  const [last] = sweeps
  return (
    <div className={own['last']}>
      {leader === null ? (
        <span className="pm-dim">No agent leads at the moment, so nothing is removed.</span>
      ) : (
        <span>
          <Name text={leader.agentName} none="An agent" /> removes what is too old, once an hour; it leads since{' '}
          <Age at={leader.since} />.
        </span>
      )}
      {last === undefined ? (
        <span className="pm-dim">
          Nothing was looked for yet; the first time is a minute after an agent begins to lead.
        </span>
      ) : (
        <span>
          <StateMark {...marks[last.state]} withWord /> <Outcome sweep={last} />
        </span>
      )}
    </div>
  )
}

function Outcome({ sweep: { state, startedAt, removed, failure } }: { sweep: Sweep }) {
  const words = removedWords(removed)
  if (state === 'running') {
    return (
      <>
        since <Age at={startedAt} live />: {words === null ? 'nothing removed so far' : `${words} removed so far`}
      </>
    )
  }
  return (
    <>
      <Age at={startedAt} />: {words === null ? 'nothing was too old' : `${words} removed`}
      {failure !== null && <OneLine text={failure} />}
    </>
  )
}

/** The last ones that removed something or failed. */
export function SweepsTable({ sweeps }: { sweeps: readonly Sweep[] }) {
  const told = sweeps.filter(({ removed, state }) => removedWords(removed) !== null || state === 'failed')
  if (told.length === 0) return null
  return (
    <div className={classes['wide']}>
      <table className={classes['table']}>
        <caption className={own['caption']}>What was removed lately</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col" data-secondary>
              By
            </th>
            <th scope="col" data-secondary>
              Took
            </th>
            <th scope="col">Result</th>
            <th scope="col">Removed</th>
          </tr>
        </thead>
        <tbody>
          {told.map((sweep) => (
            <SweepRow key={sweep.startedAt.getTime()} sweep={sweep} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function SweepRow({ sweep }: { sweep: Sweep }) {
  const { startedAt, endedAt, agentName, state, removed, failure } = sweep
  return (
    <tr>
      <td className={own['nowrap']}>
        <Instant at={startedAt} />
      </td>
      <td data-secondary>
        <Name text={agentName} none="an agent" />
      </td>
      <td data-secondary className={own['nowrap']}>
        <Duration ms={endedAt === null ? null : endedAt.getTime() - startedAt.getTime()} />
      </td>
      <td>
        <StateMark {...marks[state]} withWord />
      </td>
      <td>
        {removedWords(removed) ?? <span className="pm-dim">nothing</span>}
        {failure !== null && <OneLine text={failure} />}
      </td>
    </tr>
  )
}
