import { Button, Group, Switch, TextInput } from '@mantine/core'
import { type Due, isSameDue, type Weekday, weekdays } from '../../../shared/due.ts'
import { workdays } from '../../../shared/due-words.ts'
import chips from '../../components/cadence-builder.module.css'
import { ZonePicker } from '../../components/cadence-zone.tsx'
import { ownZone } from '../../components/own-zone.ts'
import classes from './dataset-details.module.css'

export interface DueFieldsProps {
  /** Null: the brand has no due time of its own. */
  readonly value: Due | null
  /** What the switch brings back. */
  readonly stored: Due | null
  readonly error: string | null
  readonly disabled: boolean
  readonly onChange: (due: Due | null) => void
}

/** When the maximum age counts: on which days, at what time, in which zone. */
export function DueFields({ value, stored, error, disabled, onChange }: DueFieldsProps) {
  return (
    <div className={classes['due']}>
      <Switch
        size="sm"
        label="Due at a time of day"
        checked={value !== null}
        disabled={disabled}
        error={error}
        onChange={(event) => onChange(event.currentTarget.checked ? (stored ?? usualDue()) : null)}
      />
      {value !== null && <Fields value={value} disabled={disabled} onChange={onChange} />}
    </div>
  )
}

function usualDue(): Due {
  return { days: workdays, at: '09:00', zone: ownZone() }
}

const presets = [
  ['Weekdays', workdays],
  ['Every day', weekdays],
] as const

interface FieldsProps {
  readonly value: Due
  readonly disabled: boolean
  readonly onChange: (due: Due) => void
}

function Fields({ value, disabled, onChange }: FieldsProps) {
  return (
    <>
      <Days {...{ value, disabled, onChange }} />
      <Group gap="xs" align="flex-start">
        <TextInput
          type="time"
          label="Due at"
          w={120}
          value={value.at}
          disabled={disabled}
          onChange={(event) => {
            // Empty while one of its parts is being typed: the time stays what it was.
            const at = event.currentTarget.value.slice(0, 5)
            if (at !== '') onChange({ ...value, at })
          }}
        />
        <ZonePicker
          value={value.zone}
          error={null}
          disabled={disabled}
          onChange={(zone) => onChange({ ...value, zone })}
        />
      </Group>
    </>
  )
}

const longNames: Readonly<Record<Weekday, string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
}

/** At least one day stays chosen. */
function Days({ value, disabled, onChange }: FieldsProps) {
  const toggle = (day: Weekday): void => {
    const days = weekdays.filter((one) => (one === day) !== value.days.includes(one))
    if (days.length > 0) onChange({ ...value, days })
  }
  return (
    <div role="group" aria-label="Days on which it is due" className={classes['dueDays']}>
      {weekdays.map((day) => (
        <button
          key={day}
          type="button"
          className={`${chips['chip']} ${chips['day']}`}
          aria-pressed={value.days.includes(day)}
          title={longNames[day]}
          disabled={disabled}
          onClick={() => toggle(day)}
        >
          {longNames[day].slice(0, 3)}
        </button>
      ))}
      {presets.map(([label, days]) => (
        <Button
          key={label}
          variant="subtle"
          size="compact-sm"
          disabled={disabled || isSameDue(value, { ...value, days })}
          onClick={() => onChange({ ...value, days })}
        >
          {label}
        </Button>
      ))}
    </div>
  )
}
