import { Button, Select, Switch } from '@mantine/core'
import type { TriggerView } from '../../../../shared/contract/triggers.ts'
import { useDrawer } from '../../../app/places.ts'
import { Age } from '../../../components/time.tsx'
import { Name } from '../../../components/untrusted.tsx'
import { useWhyNot } from '../../../run-now/why-not.ts'
import { debounceChoices } from './debounce.ts'
import classes from './triggers.module.css'
import { useChangeTrigger, useRemoveTrigger } from './use-triggers.ts'

/** One trigger: whether it works, what it does, when it did last and will next. */
export function TriggerRow({ trigger }: { trigger: TriggerView }) {
  const { change, isPending: isChanging } = useChangeTrigger()
  const { remove, isPending: isRemoving } = useRemoveTrigger()
  const { open } = useDrawer()
  const whyNot = useWhyNot()
  const isDisabled = whyNot !== null || isChanging || isRemoving
  const { brand, dataset, debounceSeconds, pausedAt } = trigger
  const words = triggerInWords(trigger)
  return (
    <tr>
      <td>
        <Switch
          size="sm"
          aria-label={`Trigger "${words}" is on`}
          checked={pausedAt === null}
          disabled={isDisabled}
          title={whyNot ?? undefined}
          onChange={(event) => change(trigger, { isPaused: !event.currentTarget.checked })}
        />
      </td>
      <th scope="row" className={classes['name']}>
        <button type="button" className="pm-link" onClick={() => open({ kind: 'dataset', brandId: brand.id, dataset })}>
          <Name text={dataset} />
        </button>
        <span className="pm-dim">
          <Name text={brand.name} />
        </span>
      </th>
      <td className={classes['name']}>
        <Runs trigger={trigger} />
      </td>
      <td data-secondary>
        <Select
          size="xs"
          w={130}
          aria-label={`When "${words}" fires`}
          allowDeselect={false}
          data={debounceChoices(debounceSeconds)}
          value={String(debounceSeconds)}
          disabled={isDisabled}
          onChange={(seconds) => seconds !== null && change(trigger, { debounceSeconds: Number(seconds) })}
        />
      </td>
      <td>
        <Next trigger={trigger} />
      </td>
      <td data-secondary>
        <Last trigger={trigger} />
      </td>
      <td>
        <Button
          variant="default"
          aria-label={`Remove the trigger "${words}"`}
          disabled={isDisabled}
          onClick={() => remove(trigger)}
        >
          Remove
        </Button>
      </td>
    </tr>
  )
}

function triggerInWords({ brand, dataset, job, jobType }: TriggerView): string {
  return `${dataset} of ${brand.name} → ${job === null ? jobType : (job.name ?? 'a deleted job')}`.slice(0, 300)
}

function Runs({ trigger: { job, jobType } }: { trigger: TriggerView }) {
  const { open } = useDrawer()
  if (job === null) return <Name text={jobType} />
  if (job.name === null) return <span className="pm-dim">a job that was deleted</span>
  return (
    <button type="button" className="pm-link" onClick={() => open({ kind: 'job', jobId: job.id })}>
      <Name text={job.name} />
    </button>
  )
}

function Next({ trigger: { pausedAt, pausedBecause, hindrance, firesAt } }: { trigger: TriggerView }) {
  if (pausedAt !== null) return <span className={classes['reason']}>{pausedBecause ?? 'Paused.'}</span>
  if (hindrance !== null) return <span className={classes['reason']}>{hindrance}</span>
  return firesAt === null ? <span className="pm-dim">at the next refresh</span> : <Age at={firesAt} live />
}

function Last({ trigger: { lastFiredAt, lastOutcome, lastReason, lastJobId } }: { trigger: TriggerView }) {
  const { open } = useDrawer()
  if (lastFiredAt === null) return <span className="pm-dim">never</span>
  return (
    <>
      <Age at={lastFiredAt} />{' '}
      {lastOutcome === 'queued' && lastJobId !== null ? (
        <button type="button" className="pm-link" onClick={() => open({ kind: 'job', jobId: lastJobId })}>
          queued a run
        </button>
      ) : (
        <span className={classes['reason']}>{lastReason}</span>
      )}
    </>
  )
}
