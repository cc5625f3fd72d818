import { Button } from '@mantine/core'
import { IconAlertTriangle, IconClockPause } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { QueuedCommand } from '../../shared/contract/connection.ts'
import { useMay, useQueries } from '../client/context.tsx'
import { notifyFailure } from '../components/notify.ts'
import { Age } from '../components/time.tsx'
import { incidentInWords } from '../incidents/incident-words.ts'
import { useKnownIncident } from '../incidents/known-incident.ts'
import { useOrganization } from './organization.ts'
import classes from './queued-commands.module.css'
import { commandWords } from './queued-words.ts'

/** More are looked at one after the other. */
const shown = 20

/** What was asked for while the database was away: what waits for it, and what made no sense any more when it was back. */
export function QueuedCommands() {
  const { id, hasSection } = useOrganization()
  const queue = useQuery(useQueries().connection.queue.queryOptions({ enabled: hasSection }))
  const commands = (queue.data?.commands ?? [])
    .filter(({ organizationId }) => organizationId === null || organizationId === id)
    // What somebody has to read comes first.
    .toSorted((one, other) => Number(one.state === 'waiting') - Number(other.state === 'waiting'))
  if (commands.length === 0) return null
  return (
    <ul className={classes['list']} aria-label="Asked for while the database was away">
      {commands.slice(0, shown).map((command) => (
        <Command key={command.id} command={command} />
      ))}
      {commands.length > shown && <li>{(commands.length - shown).toLocaleString()} more.</li>}
    </ul>
  )
}

function Command({ command }: { command: QueuedCommand }) {
  const { state, message, operator, askedAt } = command
  const isWaiting = state === 'waiting'
  const [only = null, ...others] = command.subjects
  const incident = useKnownIncident(others.length === 0 && command.call.startsWith('incidents.') ? only : null)
  const words = commandWords(command, incident === null ? null : incidentInWords(incident))
  return (
    <li data-state={state}>
      {isWaiting ? <IconClockPause size={14} aria-hidden="true" /> : <IconAlertTriangle size={14} aria-hidden="true" />}
      <span className={classes['what']}>
        <strong>{isWaiting ? `${words}: waits for the database.` : `${words}: not done.`}</strong>{' '}
        {message !== null && <bdi>{message}</bdi>}{' '}
        <span className="pm-dim">
          Asked <Age at={askedAt} /> by <bdi>{operator.slice(0, 100)}</bdi>
        </span>
      </span>
      <DismissButton command={command} label={isWaiting ? 'Take back' : 'Dismiss'} about={words} />
    </li>
  )
}

function DismissButton({ command: { id }, label, about }: { command: QueuedCommand; label: string; about: string }) {
  const queries = useQueries()
  const cache = useQueryClient()
  const mayOperate = useMay('operate')
  const dismiss = useMutation(
    queries.connection.dismiss.mutationOptions({
      onError: notifyFailure,
      // Done or gone already: either way the list is another one.
      onSettled: () => cache.invalidateQueries({ queryKey: queries.connection.key() }),
    }),
  )
  return (
    <Button
      size="compact-xs"
      variant="default"
      aria-label={`${label}: ${about}`}
      disabled={!mayOperate}
      loading={dismiss.isPending}
      onClick={() => dismiss.mutate({ id })}
    >
      {label}
    </Button>
  )
}
