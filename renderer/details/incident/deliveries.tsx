import { useQuery } from '@tanstack/react-query'
import { useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { knownOf } from '../../client/queries.ts'
import { Unanswered } from '../../components/failure.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import { Name, OneLine } from '../../components/untrusted.tsx'
import { deliveryLooks } from '../../incidents/delivery-words.ts'
import classes from './incident-details.module.css'

/** Who was told about it, and how the other side answered. */
export function Deliveries({ incidentId }: { incidentId: string }) {
  const organizationId = useOrganizationId()
  const asked = useQuery(useQueries().notifications.deliveries.queryOptions({ input: { organizationId, incidentId } }))
  const known = knownOf(asked)
  if (known === undefined) return <Unanswered answer={asked} />
  return (
    <section aria-labelledby="deliveries-title">
      <h3 id="deliveries-title">Who was told</h3>
      {known.deliveries.length === 0 && (
        <p className="pm-dim">No message of its own: an effect, or part of a summary, or no route leads anywhere.</p>
      )}
      <ul className={classes['deliveries']}>
        {known.deliveries.map(({ id, channel, state, createdAt, endedAt, failure, answer }) => (
          <li key={id}>
            <StateMark withWord {...deliveryLooks[state]} />
            <Name text={channel} />
            <Age at={endedAt ?? createdAt} />
            <span className={classes['answer']}>
              <OneLine text={failure ?? answer} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
