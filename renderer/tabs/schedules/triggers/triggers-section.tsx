import { Button, Group, Skeleton } from '@mantine/core'
import { Failure } from '../../../components/failure.tsx'
import { useKeptFocus } from '../../../components/kept-focus.ts'
import page from '../../../pages/page.module.css'
import { useWhyNot } from '../../../run-now/why-not.ts'
import { TriggerForm } from './trigger-form.tsx'
import { TriggerRow } from './trigger-row.tsx'
import classes from './triggers.module.css'
import { useTriggers } from './use-triggers.ts'

export interface MakingTrigger {
  readonly isOpen: boolean
  readonly open: () => void
  readonly close: () => void
}

/** What runs because a dataset was refreshed. */
export function TriggersSection({ making }: { making: MakingTrigger }) {
  const { data, error, refetch } = useTriggers()
  const whyNot = useWhyNot()
  const keptFocus = useKeptFocus()
  const triggers = data?.triggers
  return (
    <section className={classes['triggers']} aria-labelledby="triggers" {...keptFocus}>
      <Group justify="space-between" wrap="nowrap">
        <h2 id="triggers">Triggers</h2>
        <Button
          variant="default"
          disabled={whyNot !== null || making.isOpen}
          title={whyNot ?? undefined}
          onClick={making.open}
        >
          New trigger
        </Button>
      </Group>
      <p>
        {triggers?.length === 0
          ? 'Nothing runs by refreshes yet. A trigger runs a job as soon as a dataset of its brand is refreshed, whoever refreshes it.'
          : 'What runs as soon as a dataset is refreshed, whoever refreshes it.'}
      </p>
      {making.isOpen && <TriggerForm onClose={making.close} />}
      {error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {triggers === undefined && error === null && <Skeleton height={36} />}
      {triggers !== undefined && triggers.length > 0 && (
        <div className={classes['wide']}>
          <table className={page['table']}>
            <caption className="pm-visually-hidden">Triggers</caption>
            <thead>
              <tr>
                <th scope="col">On</th>
                <th scope="col">When this is refreshed</th>
                <th scope="col">Run</th>
                <th scope="col" data-secondary>
                  How soon
                </th>
                <th scope="col">Fires next</th>
                <th scope="col" data-secondary>
                  Fired last
                </th>
                <th scope="col">
                  <span className="pm-visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {triggers.map((trigger) => (
                <TriggerRow key={trigger.id} trigger={trigger} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
