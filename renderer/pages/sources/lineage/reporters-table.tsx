import type { InferContractRouterOutputs } from '@orpc/contract'
import type { Contract } from '../../../../shared/contract/index.ts'
import { countText } from '../../../components/counts.ts'
import { Age } from '../../../components/time.tsx'
import classes from '../../page.module.css'
import own from '../sources.module.css'

export type Reporter = InferContractRouterOutputs<Contract>['sources']['lineage']['reporters'][number]

/** Who reported lately, the latest first. */
export function ReportersTable({ reporters }: { reporters: readonly Reporter[] }) {
  return (
    <div className={classes['wide']}>
      <table className={classes['table']}>
        <caption className="pm-visually-hidden">Who reported lately</caption>
        <thead>
          <tr>
            <th scope="col">Namespace</th>
            <th scope="col">Last heard of</th>
            <th scope="col">Runs</th>
            <th scope="col" data-secondary>
              Jobs
            </th>
            <th scope="col" data-secondary>
              Producer
            </th>
          </tr>
        </thead>
        <tbody>
          {reporters.map(({ producer, jobNamespace, runs, failed, jobs, lastEventAt }) => (
            <tr key={`${producer}\n${jobNamespace}`}>
              <th scope="row" className={own['name']}>
                <bdi>{jobNamespace.slice(0, 200)}</bdi>
              </th>
              <td>
                <Age at={lastEventAt} />
              </td>
              <td>
                {countText(runs)}
                {failed > 0 && `, ${countText(failed)} failed`}
              </td>
              <td data-secondary>{countText(jobs)}</td>
              <td data-secondary className={own['producer']}>
                <bdi>{producer.slice(0, 200)}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
