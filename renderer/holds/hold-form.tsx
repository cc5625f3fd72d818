import { Button, Group, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { HoldView } from '../../shared/contract/holds.ts'
import { longestHoldReason } from '../../shared/holds.ts'
import { useBrands } from '../app/organization.ts'
import { useQueries } from '../client/context.tsx'
import { useDatabaseClock, useNow } from '../client/now.tsx'
import { Instant, useShownZone } from '../components/time.tsx'
import { Name } from '../components/untrusted.tsx'
import { instantOfField } from '../incidents/snooze-times.ts'
import classes from '../mutes/mute-form.module.css'
import { Any } from '../mutes/scope-fields.tsx'
import { useWhyNot } from '../run-now/why-not.ts'
import { endFault, type HoldUntil, type HoldUntilChoice, holdEnd, holdUntilChoices, startFault } from './hold-times.ts'
import type { HoldAsked } from './holding.tsx'
import { thingOf, useHoldCommands, useHolds } from './use-holds.ts'

export interface HoldFormProps {
  readonly asked: HoldAsked
  /** Something was changed that closing would lose. */
  readonly onTouch: () => void
  readonly onClose: () => void
}

const untilWords: Readonly<Record<HoldUntilChoice, string>> = {
  same: 'As it is',
  hour: 'For 1 hour',
  four_hours: 'For 4 hours',
  tomorrow: 'Until tomorrow, 8:00',
  ended: 'Until somebody ends it',
  time: 'Until a time…',
}

/** What, from when, until when and why. Of one that is there, the end and the reason. */
export function HoldForm({ asked, onTouch, onClose }: HoldFormProps) {
  const stored = 'changed' in asked ? asked.changed : null
  const { holds } = useHolds()
  // As it was when the form was opened, until a change is refused because somebody else has changed it: from then on as it is by then.
  const [changed, setChanged] = useState(stored)
  const [scope, setScope] = useState('changed' in asked ? nothing : asked)
  const [start, setStart] = useState({ isLater: false, text: '' })
  const [until, setUntil] = useState<HoldUntil>({ choice: stored === null ? 'hour' : 'same', text: '' })
  const [written, setReason] = useState<string | null>(null)
  const reason = written ?? changed?.reason ?? ''
  const { make, change, isPending, failure } = useHoldCommands()
  const now = useDatabaseClock().now()
  const { zone } = useShownZone()
  const whyNot = useWhyNot()
  const startText = start.isLater ? start.text : ''
  const startsAt = startText === '' ? null : instantOfField(startText, zone)
  const from = startOf(changed, startsAt, now)
  const live = holds?.find(({ id }) => id === stored?.id)
  const isOutdated = failure?.code === 'CONFLICT' && changed !== null && live !== undefined
  if (isOutdated && live.changedAt > changed.changedAt) setChanged(live)
  const faults = {
    start: start.isLater && start.text === '' ? 'Give a day and a time.' : startFault(startText, now, zone),
    end: endFault(until, from, zone),
    reason: reason.trim() === '' ? 'Say why: everybody who waits reads it.' : null,
  }
  const isFaulty = Object.values(faults).some((fault) => fault !== null)
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
        if (isPending || whyNot !== null || isFaulty) return
        const end = holdEnd(until, from, zone)
        const endsAt = end?.toISOString() ?? null
        if (changed === null) {
          return make({ ...scope, startsAt: startsAt?.toISOString() ?? null, endsAt, reason: reason.trim() }, onClose)
        }
        const isReworded = written !== null && written.trim() !== changed.reason
        const to = { ...(end === undefined ? {} : { endsAt }), ...(isReworded ? { reason: reason.trim() } : {}) }
        return change(changed, to, onClose)
      }}
    >
      {changed === null ? (
        <>
          <p className={classes['note']}>
            Nothing of it is started: no schedule, retry, trigger or hook, and no Run now. What runs goes on. When the
            hold ends, what is due starts by itself.
          </p>
          <Scope scope={scope} onChange={touching(setScope)} />
          <StartFields start={start} zone={zone} fault={faults.start} onChange={touching(setStart)} />
        </>
      ) : (
        <Known hold={changed} />
      )}
      <UntilFields
        choices={holdUntilChoices.filter((choice) => choice !== 'same' || changed !== null)}
        until={until}
        zone={zone}
        fault={faults.end}
        onChange={touching(setUntil)}
      />
      <TextInput
        label="Reason"
        data-autofocus
        required
        placeholder="Warehouse migration"
        maxLength={longestHoldReason}
        value={reason}
        onChange={(event) => touching(setReason)(event.currentTarget.value)}
      />
      {failure !== null && (
        <p role="alert" className={classes['failure']}>
          {failure.message} {failure.fix}
        </p>
      )}
      {whyNot !== null && <p className={classes['note']}>{whyNot}</p>}
      <Ends word={changed === null ? 'Hold' : 'Save'} {...{ isPending, onClose }} isOff={whyNot !== null || isFaulty} />
    </form>
  )
}

function Ends(props: { word: string; isPending: boolean; isOff: boolean; onClose: () => void }) {
  const { word, isPending, isOff, onClose } = props
  return (
    <Group justify="flex-end" gap="xs">
      <Button variant="default" onClick={onClose}>
        Close
      </Button>
      <Button type="submit" loading={isPending} disabled={isOff}>
        {word}
      </Button>
    </Group>
  )
}

/** From when lengths count: the start of the hold, and from now on for one that has begun. */
function startOf(changed: HoldView | null, startsAt: Date | null, now: Date): Date {
  const start = changed === null ? startsAt : changed.startsAt
  return start !== null && start > now ? start : now
}

interface ScopeOfHold {
  readonly brandId: string | null
  readonly jobType: string | null
}

const nothing: ScopeOfHold = { brandId: null, jobType: null }

function Scope({ scope, onChange }: { scope: ScopeOfHold; onChange: (scope: ScopeOfHold) => void }) {
  const { data } = useQuery(useQueries().catalog.get.queryOptions())
  const brands = useBrands().map(({ id, name }) => ({ value: id, label: name.slice(0, 200) || 'unnamed' }))
  const jobTypes = (data?.jobTypes ?? []).map(({ key, label }) => ({ value: key, label }))
  return (
    <div className={classes['pair']}>
      <Any
        label="Brand"
        any="All brands"
        choices={brands}
        value={scope.brandId}
        onChange={(brandId) => onChange({ ...scope, brandId })}
      />
      <Any
        label="Job type"
        any="All job types"
        choices={jobTypes}
        value={scope.jobType}
        onChange={(jobType) => onChange({ ...scope, jobType })}
      />
    </div>
  )
}

interface StartText {
  readonly isLater: boolean
  readonly text: string
}

function StartFields(props: {
  start: StartText
  zone: string
  fault: string | null
  onChange: (start: StartText) => void
}) {
  const { start, zone, fault, onChange } = props
  return (
    <div className={classes['pair']}>
      <Select
        label="From when"
        allowDeselect={false}
        data={[
          { value: 'now', label: 'From now on' },
          { value: 'time', label: 'From a time…' },
        ]}
        value={start.isLater ? 'time' : 'now'}
        onChange={(next) => onChange({ ...start, isLater: next === 'time' })}
      />
      {start.isLater && (
        <TextInput
          type="datetime-local"
          label={`Start (${zone})`}
          value={start.text}
          error={start.text === '' ? null : fault}
          onChange={(event) => onChange({ ...start, text: event.currentTarget.value })}
        />
      )}
    </div>
  )
}

function UntilFields(props: {
  choices: readonly HoldUntilChoice[]
  until: HoldUntil
  zone: string
  fault: string | null
  onChange: (until: HoldUntil) => void
}) {
  const { choices, until, zone, fault, onChange } = props
  return (
    <div className={classes['pair']}>
      <Select
        label="Until when"
        allowDeselect={false}
        data={choices.map((choice) => ({ value: choice, label: untilWords[choice] }))}
        value={until.choice}
        onChange={(next) => {
          const choice = holdUntilChoices.find((one) => one === next)
          if (choice !== undefined) onChange({ ...until, choice })
        }}
      />
      {until.choice === 'time' && (
        <TextInput
          type="datetime-local"
          label={`End (${zone})`}
          value={until.text}
          error={until.text === '' ? null : fault}
          onChange={(event) => onChange({ ...until, text: event.currentTarget.value })}
        />
      )}
    </div>
  )
}

function Known({ hold }: { hold: HoldView }) {
  const now = useNow()
  return (
    <p className={classes['note']}>
      Of {thingOf(hold)}, {hold.startsAt > now ? 'from' : 'since'} <Instant at={hold.startsAt} isBrief none="now" /> by{' '}
      <Name text={hold.createdBy} />. It ends <Instant at={hold.endsAt} isBrief none="when somebody ends it" />; “For 1
      hour” counts from {hold.startsAt > now ? 'its start' : 'now'}.
    </p>
  )
}
