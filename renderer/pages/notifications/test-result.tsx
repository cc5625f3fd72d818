import { useQuery } from '@tanstack/react-query'
import { useQueries } from '../../client/context.tsx'
import { Failure } from '../../components/failure.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import { deliveryLooks, isOver } from '../../incidents/delivery-words.ts'
import own from './notifications.module.css'

/** Nobody tells of what another agent sends, so it is looked for until it is over, ms. */
const lookMs = 1_000

/** What became of a test, as it arrives: the real answer of the other side. */
export function TestResult({ channel, deliveryId }: { channel: string; deliveryId: string }) {
  const { data, error, refetch } = useQuery({
    ...useQueries().notifications.delivery.queryOptions({ input: { deliveryId } }),
    refetchInterval: ({ state: { data: known } }) => (known !== undefined && isOver(known.state) ? false : lookMs),
  })
  return (
    <div role="status" aria-label={`Test on ${channel}`} className={own['test']}>
      {error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {error === null && data === undefined && 'Asking an agent to send it…'}
      {data !== undefined && (
        <>
          <span>Test</span>
          <StateMark withWord {...deliveryLooks[data.state]} />
          <Age at={data.endedAt ?? data.createdAt} />
          <span className={own['said']}>
            {data.failure !== null && <bdi>{data.failure}</bdi>}
            {data.answer !== null && (
              <>
                {' '}
                It said: <bdi className="pm-mono">{data.answer}</bdi>
              </>
            )}
          </span>
        </>
      )}
    </div>
  )
}
