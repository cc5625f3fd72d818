import { Button, Group, TextInput } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useOrganizationId } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { useDatabaseClock } from '../client/now.tsx'
import { failureOf } from '../client/queries.ts'
import { counted } from '../components/counts.ts'
import { useShownZone } from '../components/time.tsx'
import { useWhyNot } from '../run-now/why-not.ts'
import classes from './mute-form.module.css'
import type { MuteScope } from './mute-scope.ts'
import { ScopeFields } from './scope-fields.tsx'
import { type MuteUntil, untilFault, untilInstant } from './until.ts'
import { UntilField } from './until-field.tsx'
import { useMutes } from './use-mutes.ts'

export interface MuteFormProps {
  readonly start: MuteScope
  /** Something was changed that closing would lose. */
  readonly onTouch: () => void
  readonly onClose: () => void
}

const longestReason = 2_000

/** What is kept quiet, until when and why; what it covers is counted while it is chosen. */
export function MuteForm({ start, onTouch, onClose }: MuteFormProps) {
  const [scope, setScope] = useState(start)
  const [until, setUntil] = useState<MuteUntil>({ choice: 'removed', text: '' })
  const [reason, setReason] = useState('')
  const { add, isPending, failure } = useMutes()
  const clock = useDatabaseClock()
  const { zone } = useShownZone()
  const whyNot = useWhyNot()
  const fault = untilFault(until, clock.now(), zone)
  const touching =
    <Value,>(set: (value: Value) => void) =>
    (value: Value): void => {
      onTouch()
      set(value)
    }
  return (
    <form
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault()
        if (isPending || whyNot !== null || fault !== null) return
        const ends = untilInstant(until, clock.now(), zone)
        const note = reason.trim()
        add({ ...scope, until: ends?.toISOString() ?? null, note: note === '' ? null : note }, onClose)
      }}
    >
      <p className={classes['note']}>
        What fits all of this is opened, shown and ends as ever; nobody is told of it. Every operator sees the rule
        under Notifications.
      </p>
      <ScopeFields scope={scope} onChange={touching(setScope)} />
      <UntilField value={until} zone={zone} fault={fault} onChange={touching(setUntil)} />
      <TextInput
        label="Reason"
        data-autofocus
        placeholder="Why everybody may look away"
        maxLength={longestReason}
        value={reason}
        onChange={(event) => touching(setReason)(event.currentTarget.value)}
      />
      <Coverage scope={scope} />
      {failure !== null && (
        <p role="alert" className={classes['failure']}>
          {failure.message} {failure.fix}
        </p>
      )}
      {whyNot !== null && <p className={classes['note']}>{whyNot}</p>}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <Button type="submit" loading={isPending} disabled={whyNot !== null || fault !== null}>
          Mute
        </Button>
      </Group>
    </form>
  )
}

/** How much would be quiet at once; said politely whenever it changes. */
function Coverage({ scope }: { scope: MuteScope }) {
  const organizationId = useOrganizationId()
  const { data, error } = useQuery(
    useQueries().incidents.previewMute.queryOptions({
      input: { organizationId, ...scope },
      placeholderData: keepPreviousData,
    }),
  )
  const isAll = Object.values(scope).every((part) => part === null)
  return (
    <p role="status" className={classes['coverage']}>
      {error !== null && failureOf(error).message}
      {error === null && data !== undefined && (
        <>
          {isAll && <strong>This is everything: no incident of the organization is told. </strong>}
          Keeps {counted(data.mutes, 'open incident')} quiet now, and what fits it later.
        </>
      )}
    </p>
  )
}
