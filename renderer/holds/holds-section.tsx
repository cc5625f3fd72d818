import { Button, Group, Skeleton } from '@mantine/core'
import type { HoldView } from '../../shared/contract/holds.ts'
import type { HoldState } from '../../shared/holds.ts'
import { useIsShown } from '../app/organization.ts'
import { Failure } from '../components/failure.tsx'
import { StateMark, type StateName } from '../components/state-mark.tsx'
import { Age, Instant } from '../components/time.tsx'
import { Name } from '../components/untrusted.tsx'
import page from '../pages/page.module.css'
import { useWhyNot } from '../run-now/why-not.ts'
import classes from '../tabs/schedules/triggers/triggers.module.css'
import { useHolding } from './holding.tsx'
import { holdsAbout, thingOf, useHoldCommands, useHolds } from './use-holds.ts'

/** What may not start now or later, and what was held in the last days. */
export function HoldsSection() {
  const isShown = useIsShown()
  const { holds, error, retry } = useHolds()
  const about = holdsAbout(holds, isShown)
  return (
    <section className={classes['triggers']} aria-labelledby="holds">
      <h2 id="holds">Holds</h2>
      <p>
        {about?.length === 0
          ? 'Nothing is held. A hold keeps everything of a brand or a job type from starting until a time, and changes no job.'
          : 'What keeps jobs from starting, now or later, and what did in the last 7 days. No job is changed by it.'}
      </p>
      {error !== null && <Failure error={error} onRetry={retry} />}
      {about === undefined && error === null && <Skeleton height={36} />}
      {about !== undefined && about.length > 0 && (
        <div className={classes['wide']}>
          <table className={page['table']}>
            <caption className="pm-visually-hidden">Holds</caption>
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col">What</th>
                <th scope="col" data-secondary>
                  From
                </th>
                <th scope="col">Until</th>
                <th scope="col">Reason</th>
                <th scope="col" data-secondary>
                  Made
                </th>
                <th scope="col">
                  <span className="pm-visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {about.map((hold) => (
                <HoldRow key={hold.id} hold={hold} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

const marks: Readonly<Record<HoldState, { readonly state: StateName; readonly word: string }>> = {
  in_force: { state: 'held', word: 'In force' },
  planned: { state: 'pending', word: 'Planned' },
  over: { state: 'resolved', word: 'Over' },
}

function HoldRow({ hold }: { hold: HoldView }) {
  const { end, isPending } = useHoldCommands()
  const change = useHolding()
  const whyNot = useWhyNot()
  const { state, startsAt, endsAt, endedAt, endedBy, reason, createdAt, createdBy } = hold
  const isDisabled = whyNot !== null || isPending
  const name = thingOf(hold)
  return (
    <tr>
      <td>
        <StateMark withWord {...marks[state]} />
      </td>
      <th scope="row" className={classes['name']}>
        <bdi>{name}</bdi>
      </th>
      <td data-secondary>
        <Age at={startsAt} />
      </td>
      <td>
        {endedAt === null ? <Instant at={endsAt} isBrief none="it is ended" /> : <Age at={endedAt} />}
        {endedBy !== null && (
          <span className="pm-dim">
            {' '}
            by <Name text={endedBy} />
          </span>
        )}
      </td>
      <td>
        <bdi className={classes['reason']} title={reason}>
          {reason}
        </bdi>
      </td>
      <td data-secondary>
        <Age at={createdAt} />{' '}
        <span className="pm-dim">
          by <Name text={createdBy} />
        </span>
      </td>
      <td>
        {state !== 'over' && (
          <Group gap={6} wrap="nowrap" justify="flex-end">
            <Button
              variant="default"
              disabled={isDisabled}
              title={whyNot ?? undefined}
              aria-label={`Change the hold of ${name}`}
              onClick={() => change({ changed: hold })}
            >
              Change…
            </Button>
            <Button
              variant="default"
              disabled={isDisabled}
              title={whyNot ?? undefined}
              aria-label={`End it now: the hold of ${name}`}
              onClick={() => end(hold)}
            >
              End it
            </Button>
          </Group>
        )}
      </td>
    </tr>
  )
}
