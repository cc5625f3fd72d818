import { Skeleton } from '@mantine/core'
import type { HookDeliveryView, HookView } from '../../../../shared/contract/hooks.ts'
import { useDrawer } from '../../../app/places.ts'
import forms from '../../../components/edit-form.module.css'
import { Failure } from '../../../components/failure.tsx'
import { Age } from '../../../components/time.tsx'
import { Name } from '../../../components/untrusted.tsx'
import classes from '../../page.module.css'
import own from '../sources.module.css'
import { useDeliveries } from './use-hooks.ts'

/** What came to a hook last, and what became of it. */
export function Deliveries({ hook }: { hook: HookView }) {
  const { data, error, refetch } = useDeliveries(hook.id)
  return (
    <section className={forms['form']} aria-label={`Deliveries of ${hook.name}`}>
      {hook.refusedAt !== null && (
        <p>
          Last refused <Age at={hook.refusedAt} />: <bdi>{hook.refusedBecause}</bdi>
        </p>
      )}
      {error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height={36} />}
      {data?.deliveries.length === 0 && <p>No message with the right signature has come yet.</p>}
      {data !== undefined && data.deliveries.length > 0 && (
        <div className={own['scrolls']}>
          <table className={classes['table']}>
            <caption className="pm-visually-hidden">Deliveries of {hook.name}</caption>
            <thead>
              <tr>
                <th scope="col">Received</th>
                <th scope="col" data-secondary>
                  Message
                </th>
                <th scope="col">What became of it</th>
              </tr>
            </thead>
            <tbody>
              {data.deliveries.map((delivery) => (
                <DeliveryRow key={delivery.id} delivery={delivery} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function DeliveryRow({ delivery: { receivedAt, messageId, outcome, reason, jobId } }: { delivery: HookDeliveryView }) {
  const { open } = useDrawer()
  return (
    <tr>
      <td>
        <Age at={receivedAt} />
      </td>
      <td data-secondary>
        <Name text={messageId} />
      </td>
      <td className={own['reason']}>
        {outcome === 'queued' && jobId !== null ? (
          <button type="button" className="pm-link" onClick={() => open({ kind: 'job', jobId })}>
            Queued a job
          </button>
        ) : (
          <>
            Refused: <bdi>{reason}</bdi>
          </>
        )}
      </td>
    </tr>
  )
}
