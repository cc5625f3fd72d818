import { Button } from '@mantine/core'
import { IconHandStop } from '@tabler/icons-react'
import { Link } from 'wouter'
import type { HoldView } from '../../shared/contract/holds.ts'
import { useCommands } from '../app/commands.tsx'
import { useIsShown } from '../app/organization.ts'
import { pagePath, useOrganizationId } from '../app/places.ts'
import { Instant } from '../components/time.tsx'
import { Name } from '../components/untrusted.tsx'
import { useWhyNot } from '../run-now/why-not.ts'
import classes from './hold-banner.module.css'
import { useHolding } from './holding.tsx'
import { inForceFor, thingOf, useHoldCommands, useHolds, useHoldTurns } from './use-holds.ts'

const shown = 2

/** On every page, while something of what is shown is held: what, until when, why, and the way out. */
export function HoldBanner() {
  const organizationId = useOrganizationId()
  const isShown = useIsShown()
  const { holds } = useHolds()
  useHoldTurns()
  const inForce = inForceFor(holds, isShown)
  const { end, isPending } = useHoldCommands()
  const change = useHolding()
  const whyNot = useWhyNot()
  useCommands(
    inForce.slice(0, 10).flatMap((hold) => [
      {
        id: `holds.end ${hold.id}`,
        label: `End the hold of ${thingOf(hold)}`,
        disabledReason: whyNot,
        run: () => end(hold),
      },
      {
        id: `holds.change ${hold.id}`,
        label: `Change the hold of ${thingOf(hold)}…`,
        disabledReason: whyNot,
        run: () => change({ changed: hold }),
      },
    ]),
  )
  if (inForce.length === 0) return null
  return (
    <section aria-label="Held now" className={classes['holds']}>
      {inForce.slice(0, shown).map((hold) => (
        <p key={hold.id}>
          <IconHandStop size={14} aria-hidden="true" />
          <Words hold={hold} />
          <Button
            size="compact-xs"
            variant="default"
            className={classes['end']}
            disabled={whyNot !== null || isPending}
            title={whyNot ?? undefined}
            aria-label={`End it: the hold of ${thingOf(hold)}`}
            onClick={() => end(hold)}
          >
            End it
          </Button>
        </p>
      ))}
      {inForce.length > shown && (
        <p>
          {inForce.length - shown} more;{' '}
          <Link href={pagePath(organizationId, 'schedules', { show: 'holds' })}>Holds</Link> has all of them.
        </p>
      )}
    </section>
  )
}

function Words({ hold }: { hold: HoldView }) {
  return (
    <span className={classes['words']}>
      <strong>
        Nothing starts for <bdi>{thingOf(hold)}</bdi>
      </strong>{' '}
      {hold.endsAt === null ? (
        'until somebody ends it'
      ) : (
        <>
          until <Instant at={hold.endsAt} isBrief none="" />
        </>
      )}
      : <bdi title={hold.reason}>{hold.reason}</bdi>{' '}
      <span className={classes['by']}>
        (<Name text={hold.createdBy} />)
      </span>
    </span>
  )
}
