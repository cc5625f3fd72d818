import { Button, Checkbox, Group, Skeleton, Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ZonePicker } from '../../components/cadence-zone.tsx'
import { Conflict } from '../../components/conflict.tsx'
import forms from '../../components/edit-form.module.css'
import { Failure } from '../../components/failure.tsx'
import { Age } from '../../components/time.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from '../page.module.css'
import own from './notifications.module.css'
import { type QuietHours, quietHoursFault, quietInWords, usualQuietHours, weekdays } from './quiet-hours.ts'
import { type Settings, useSettings } from './use-settings.ts'

/** When nothing is told at once: what comes then is one summary afterwards. */
export function QuietHoursSection() {
  const { answer, decide, isPending } = useSettings()
  const { data, error, refetch } = answer
  return (
    <section className={classes['section']} aria-labelledby="quiet-hours">
      <h2 id="quiet-hours">Quiet hours</h2>
      <p>What goes wrong meanwhile is opened and shown as ever, and told in one summary when they are over.</p>
      {error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height={120} />}
      {data !== undefined && <QuietHoursForm settings={data} isPending={isPending} decide={decide} />}
    </section>
  )
}

interface FormProps {
  readonly settings: Settings
  readonly isPending: boolean
  readonly decide: ReturnType<typeof useSettings>['decide']
}

/** What is being edited, and what was there when that began; a change by somebody else leaves it alone. */
interface Draft {
  readonly base: Settings
  readonly quietHours: QuietHours | null
}

function QuietHoursForm({ settings, isPending, decide }: FormProps) {
  const [draft, setDraft] = useState<Draft | null>(null)
  const [theirs, setTheirs] = useState<Settings | null>(null)
  const whyNot = useWhyNot()
  const shown = draft === null ? settings.quietHours : draft.quietHours
  const fault = quietHoursFault(shown)
  const change = (quietHours: QuietHours | null): void =>
    setDraft((before) => ({ base: before?.base ?? settings, quietHours }))
  const close = (): void => {
    setDraft(null)
    setTheirs(null)
  }
  const save = (base: Settings, quietHours: QuietHours | null): void =>
    decide({
      base,
      set: () => ({ quietHours }),
      unset: () => ({ quietHours: base.quietHours }),
      part: (part) => part.quietHours,
      done: quietHours === null ? 'No quiet hours any more.' : `Quiet ${quietInWords(quietHours)}.`,
      onSaved: close,
      onConflict: setTheirs,
    })
  return (
    <form
      className={forms['form']}
      aria-label="Quiet hours"
      onSubmit={(event) => {
        event.preventDefault()
        if (draft !== null && fault === null && theirs === null) save(draft.base, draft.quietHours)
      }}
    >
      <Switch
        size="sm"
        label="Quiet hours"
        checked={shown !== null}
        disabled={whyNot !== null}
        onChange={(event) => change(event.currentTarget.checked ? (settings.quietHours ?? usualQuietHours()) : null)}
      />
      {shown !== null && <QuietHoursFields value={shown} isDisabled={whyNot !== null} onChange={change} />}
      {fault !== null && <p role="alert">{fault}</p>}
      {theirs !== null && draft !== null && (
        <Conflict
          title={`${(theirs.changedBy ?? 'Somebody').slice(0, 100)} saved other quiet hours first.`}
          rows={[{ label: 'Quiet', theirs: quietInWords(theirs.quietHours), mine: quietInWords(draft.quietHours) }]}
          onTakeTheirs={close}
          onKeepMine={() => {
            setTheirs(null)
            setDraft({ ...draft, base: theirs })
            save(theirs, draft.quietHours)
          }}
        />
      )}
      {draft !== null && theirs === null && (
        <Group gap="xs">
          <Button type="submit" loading={isPending} disabled={whyNot !== null || fault !== null}>
            Save quiet hours
          </Button>
          <Button variant="default" onClick={close}>
            Discard
          </Button>
        </Group>
      )}
      {settings.changedAt !== null && (
        <p className="pm-dim">
          Last decided by <bdi>{(settings.changedBy ?? 'somebody').slice(0, 100)}</bdi> <Age at={settings.changedAt} />
        </p>
      )}
    </form>
  )
}

interface FieldsProps {
  readonly value: QuietHours
  readonly isDisabled: boolean
  readonly onChange: (value: QuietHours) => void
}

function QuietHoursFields({ value, isDisabled, onChange }: FieldsProps) {
  return (
    <>
      <div className={own['times']}>
        {(['from', 'to'] as const).map((end) => (
          <TextInput
            key={end}
            type="time"
            label={end === 'from' ? 'From' : 'To'}
            value={value[end]}
            disabled={isDisabled}
            onChange={(event) => onChange({ ...value, [end]: event.currentTarget.value })}
          />
        ))}
        <ZonePicker
          value={value.timeZone}
          error={null}
          disabled={isDisabled}
          onChange={(timeZone) => onChange({ ...value, timeZone })}
        />
      </div>
      <Checkbox.Group
        label="They begin on"
        value={value.days.map(String)}
        onChange={(days) => onChange({ ...value, days: days.map(Number).toSorted((one, other) => one - other) })}
      >
        <Group gap="md" mt={6}>
          {weekdays().map(({ day, name }) => (
            <Checkbox key={day} value={String(day)} label={name} disabled={isDisabled} />
          ))}
        </Group>
      </Checkbox.Group>
    </>
  )
}
