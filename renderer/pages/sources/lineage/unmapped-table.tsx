import { Button } from '@mantine/core'
import type { UnmappedDataset } from '../../../../shared/contract/sources.ts'
import { StateMark } from '../../../components/state-mark.tsx'
import { Age } from '../../../components/time.tsx'
import { Name } from '../../../components/untrusted.tsx'
import { useWhyNot } from '../../../run-now/why-not.ts'
import classes from '../../page.module.css'
import own from '../sources.module.css'

export interface UnmappedTableProps {
  readonly unmapped: readonly UnmappedDataset[]
  readonly isEditing: boolean
  readonly onMap: (dataset: UnmappedDataset) => void
}

/** Names that somebody writes to and that mean nothing here yet. */
export function UnmappedTable({ unmapped, isEditing, onMap }: UnmappedTableProps) {
  const whyNot = useWhyNot()
  return (
    <div className={classes['wide']}>
      <table className={classes['table']}>
        <caption className="pm-visually-hidden">Seen but not mapped</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Last told</th>
            <th scope="col" data-secondary>
              By
            </th>
            <th scope="col">
              <span className="pm-visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {unmapped.map((dataset) => (
            <tr key={`${dataset.namespace}\n${dataset.name}`}>
              <th scope="row" className={own['name']}>
                <bdi>{dataset.name.slice(0, 200)}</bdi> <bdi className="pm-dim">{dataset.namespace.slice(0, 200)}</bdi>
              </th>
              <td className={own['told']}>
                {dataset.status !== null && <StateMark withWord state={dataset.status} />}{' '}
                <Age at={dataset.lastEventAt} />
              </td>
              <td data-secondary>
                <Name
                  text={`${dataset.jobNamespace} ${dataset.jobName}`.trim()}
                  none={dataset.producer.slice(0, 200)}
                />
              </td>
              <td className={own['actions']}>
                <Button
                  variant="default"
                  aria-label={`Map ${dataset.name.slice(0, 100)}`}
                  disabled={whyNot !== null || isEditing}
                  title={whyNot ?? undefined}
                  onClick={() => onMap(dataset)}
                >
                  Map
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
