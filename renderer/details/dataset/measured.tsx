import type { InferContractRouterOutputs } from '@orpc/contract'
import type { Contract } from '../../../shared/contract/index.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import classes from './dataset-details.module.css'

type Probe = NonNullable<InferContractRouterOutputs<Contract>['freshness']['dataset']['probe']>

/** What was measured of the data itself, beside what jobs say of it. */
export function Measured({ probe }: { probe: Probe }) {
  const { probedAt, latestAt, rowCount, movedAt, moved, problem } = probe
  return (
    <section aria-labelledby="measured-title">
      <h3 id="measured-title" className={classes['title']}>
        Measured
      </h3>
      <ul className={classes['list']}>
        <li>
          <span>Newest row</span>
          <Age at={latestAt} none="none" />
        </li>
        {rowCount !== null && (
          <li>
            <span>Rows</span>
            <span>{rowCount.toLocaleString()}</span>
          </li>
        )}
        <li>
          <span>Last change</span>
          <span className={classes['attempt']}>
            {moved === false && <StateMark state="suspicious" word="Not moved by the last success" withWord />}
            <Age at={movedAt} none="not seen yet" />
          </span>
        </li>
        <li className="pm-dim">
          <span>Looked at</span>
          <Age at={probedAt} />
        </li>
      </ul>
      {problem !== null && <p className={classes['reason']}>It could not be measured: {problem.slice(0, 1_000)}</p>}
    </section>
  )
}
