import { Button, Group, Popover, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'
import { daysInWords } from '../../shared/backfills.ts'
import type { BackfillView } from '../../shared/contract/backfills.ts'
import { pagePath, useOrganizationId } from '../app/places.ts'
import { failureOf, isOfDatabase } from '../client/queries.ts'
import { counted, countText } from '../components/counts.ts'
import { Failure } from '../components/failure.tsx'
import { StateMark, type StateName } from '../components/state-mark.tsx'
import { Age } from '../components/time.tsx'
import { Name } from '../components/untrusted.tsx'
import { useWhyNot } from '../run-now/why-not.ts'
import classes from './backfills.module.css'
import { useBackfillCommands, useBackfills } from './use-backfills.ts'

/** Days that are run again now, and those of the last 30 days; nothing is shown where there are none. */
export function BackfillsSection() {
  const { data, error, refetch } = useBackfills()
  if (error !== null && data === undefined) {
    // There may be none, which is nothing to say; the page and the banner say that the database is away.
    return isOfDatabase(failureOf(error)) ? null : <Failure error={error} onRetry={() => void refetch()} />
  }
  if (data === undefined || data.backfills.length === 0) return null
  return (
    <section className={classes['section']} aria-labelledby="backfills">
      <h2 id="backfills">Backfills</h2>
      <p>Old days that are run again, one run after another, and those that were in the last 30 days.</p>
      <ul className={classes['list']}>
        {data.backfills.map((backfill) => (
          <BackfillItem key={backfill.id} backfill={backfill} />
        ))}
      </ul>
    </section>
  )
}

/** One word for all of its runs. */
function stateOf({ running, waiting, failed, cancelled }: BackfillView): {
  readonly state: StateName
  readonly word: string
} {
  if (running > 0) return { state: 'running', word: 'Running' }
  if (waiting > 0) return { state: 'pending', word: 'Waiting' }
  if (failed > 0) return { state: 'failed', word: 'Over, some failed' }
  return cancelled > 0 ? { state: 'cancelled', word: 'Called off' } : { state: 'completed', word: 'Completed' }
}

/** "3 of 21 done, 1 failed, 1 running, 16 waiting" */
export function progressWords({ runs, done, failed, running, waiting, cancelled }: BackfillView): string {
  const others = Object.entries({ failed, running, waiting, 'called off': cancelled })
  const words = others.flatMap(([word, count]) => (count === 0 ? [] : [`${countText(count)} ${word}`]))
  return [`${countText(done)} of ${countText(runs)} done`, ...words].join(', ')
}

function BackfillItem({ backfill }: { backfill: BackfillView }) {
  const organizationId = useOrganizationId()
  const { id, brand, jobType, createdAt, requestedBy, failed, runs } = backfill
  const { retry, cancel, isPending } = useBackfillCommands()
  const whyNot = useWhyNot()
  const name = `${jobType} for ${brand.name.slice(0, 80)}, ${daysInWords(backfill)}`
  return (
    <li className={classes['row']}>
      <StateMark withWord {...stateOf(backfill)} />
      <span className={classes['what']}>
        <span>{jobType} for</span> <Name text={brand.name} />
      </span>
      <span>{daysInWords(backfill)}</span>
      <span className={classes['progress']}>
        <progress value={backfill.done} max={runs} aria-label={`Progress of the backfill of ${name}`} />
        {progressWords(backfill)}
      </span>
      <span className="pm-dim">
        <Age at={createdAt} /> by <Name text={requestedBy} />
      </span>
      <Group gap={6} className={classes['actions'] ?? ''}>
        <Link href={pagePath(organizationId, 'run-history', { backfill: id, range: '30d' })} className="pm-link">
          Runs<span className="pm-visually-hidden"> of the backfill of {name}</span>
        </Link>
        {failed > 0 && (
          <Button
            variant="default"
            disabled={whyNot !== null || isPending}
            title={whyNot ?? undefined}
            aria-label={`Retry the failed: ${name}`}
            onClick={() => retry(backfill)}
          >
            Retry the failed
          </Button>
        )}
        {backfill.waiting > 0 && (
          <CancelRest
            backfill={backfill}
            name={name}
            reason={whyNot}
            isPending={isPending}
            onConfirm={() => cancel(backfill)}
          />
        )}
      </Group>
    </li>
  )
}

interface CancelRestProps {
  readonly backfill: BackfillView
  readonly name: string
  readonly reason: string | null
  readonly isPending: boolean
  readonly onConfirm: () => void
}

/** It cannot be taken back, so it asks first. */
function CancelRest({ backfill, name, reason, isPending, onConfirm }: CancelRestProps) {
  const [isAsking, setIsAsking] = useState(false)
  const rest = counted(backfill.waiting, 'run')
  return (
    <Popover opened={isAsking} onChange={setIsAsking} position="bottom-end" trapFocus returnFocus width={320}>
      <Popover.Target>
        <Button
          variant="default"
          disabled={reason !== null || isPending}
          title={reason ?? 'Cancel what has not started'}
          aria-label={`Cancel what has not started: ${name}`}
          onClick={() => setIsAsking(!isAsking)}
        >
          Cancel the rest
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Cancel what has not started">
        <Stack gap="sm">
          <Text size="sm">
            Call off {rest} of <bdi>{name}</bdi>? What runs goes on, and what is done stays.
          </Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" data-autofocus onClick={() => setIsAsking(false)}>
              Keep them
            </Button>
            <Button
              color="red"
              onClick={() => {
                setIsAsking(false)
                onConfirm()
              }}
            >
              Call off {rest}
            </Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
