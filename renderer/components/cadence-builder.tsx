import { NumberInput, Select, TextInput } from '@mantine/core'
import { useRef, useState } from 'react'
import { twoDigits } from '../../shared/cadence-words.ts'
import classes from './cadence-builder.module.css'
import {
  type CadenceChoice,
  type CadenceKind,
  choiceOf,
  cronOf,
  type HourStep,
  hourSteps,
  switchedTo,
} from './cadence-choice.ts'
import { CadenceFires } from './cadence-fires.tsx'
import { readCadence } from './cadence-reading.ts'
import { ZonePicker } from './cadence-zone.tsx'

export interface CadenceBuilderProps {
  /** The truth: chips and fields are another way to look at it. */
  readonly cron: string
  readonly timeZone: string
  readonly onChange: (change: { readonly cron?: string; readonly timeZone?: string }) => void
}

const kinds: readonly { readonly kind: CadenceKind; readonly label: string }[] = [
  { kind: 'hourly', label: 'Hourly' },
  { kind: 'hours', label: 'Every 6 hours' },
  { kind: 'daily', label: 'Daily at' },
  { kind: 'weekdays', label: 'Weekdays at' },
  { kind: 'weekly', label: 'Weekly on' },
  { kind: 'monthly', label: 'Monthly on' },
  { kind: 'custom', label: 'Custom cron' },
]

/** Presets, fields and cron of one schedule; each updates the others, and the next five fires follow while typing. */
export function CadenceBuilder({ cron, timeZone, onChange }: CadenceBuilderProps) {
  const [prefersCron, setPrefersCron] = useState(false)
  const expression = useRef<HTMLInputElement>(null)
  const choice = choiceOf(cron)
  const kind = prefersCron ? 'custom' : choice.kind
  const { cadence, fault } = readCadence(cron, timeZone)
  const faultAt = (field: 'cron' | 'timeZone'): string | null =>
    fault?.field === field ? `${fault.message} ${fault.fix}` : null
  const choose = (next: CadenceKind): void => {
    setPrefersCron(next === 'custom')
    if (next === 'custom') expression.current?.focus()
    else if (next !== choice.kind) onChange({ cron: cronOf(switchedTo(next, choice)) })
  }
  return (
    <section className={classes['builder']} aria-label="When it runs">
      <h3>When it runs</h3>
      <div className={classes['chips']}>
        {kinds.map((one) => (
          <button
            key={one.kind}
            type="button"
            className={classes['chip']}
            aria-pressed={one.kind === kind}
            onClick={() => choose(one.kind)}
          >
            {one.kind === 'hours' && choice.kind === 'hours' ? `Every ${choice.hours} hours` : one.label}
          </button>
        ))}
      </div>
      {kind !== 'custom' && (
        <div className={classes['fields']}>
          <ChoiceFields choice={choice} onChange={(next) => onChange({ cron: cronOf(next) })} />
        </div>
      )}
      <div className={classes['pair']}>
        <TextInput
          ref={expression}
          label="Cron expression"
          description="Minute, hour, day of month, month, day of week"
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          styles={{ input: { fontFamily: 'var(--pm-mono)' } }}
          value={cron}
          error={faultAt('cron')}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => onChange({ cron: event.currentTarget.value })}
        />
        <ZonePicker value={timeZone} error={faultAt('timeZone')} onChange={(zone) => onChange({ timeZone: zone })} />
      </div>
      {cadence !== null && <CadenceFires cadence={cadence} />}
    </section>
  )
}

interface FieldsProps {
  readonly choice: CadenceChoice
  readonly onChange: (choice: CadenceChoice) => void
}

function ChoiceFields({ choice, onChange }: FieldsProps) {
  switch (choice.kind) {
    case 'custom':
      return null
    case 'hourly':
      return <MinuteField choice={choice} onChange={onChange} />
    case 'hours':
      return (
        <>
          <Select
            label="Every"
            w={130}
            allowDeselect={false}
            data={hourSteps.map((step) => ({ value: String(step), label: `${step} hours` }))}
            value={String(choice.hours)}
            onChange={(hours) => onChange({ ...choice, hours: Number(hours) as HourStep })}
          />
          <MinuteField choice={choice} onChange={onChange} />
        </>
      )
    case 'weekly':
      return (
        <>
          <Weekdays days={choice.days} onChange={(days) => onChange({ ...choice, days })} />
          <TimeField choice={choice} onChange={onChange} />
        </>
      )
    case 'monthly':
      return (
        <>
          <DateField choice={choice} onChange={onChange} />
          <TimeField choice={choice} onChange={onChange} />
          {choice.day !== 'last' && choice.day > 28 && (
            <p className={classes['hint']}>Months without a {choice.day}th are left out.</p>
          )}
        </>
      )
    case 'daily':
    case 'weekdays':
      return <TimeField choice={choice} onChange={onChange} />
  }
}

type Of<Kind extends CadenceKind> = Extract<CadenceChoice, { kind: Kind }>
interface FieldProps<Choice> {
  readonly choice: Choice
  readonly onChange: (choice: CadenceChoice) => void
}

function MinuteField({ choice, onChange }: FieldProps<Of<'hourly' | 'hours'>>) {
  return (
    <NumberInput
      label="At minute"
      w={110}
      min={0}
      max={59}
      clampBehavior="strict"
      allowDecimal={false}
      value={choice.minute}
      onChange={(minute) => onChange({ ...choice, minute: Number(minute) })}
    />
  )
}

function TimeField({ choice, onChange }: FieldProps<Of<'daily' | 'weekdays' | 'weekly' | 'monthly'>>) {
  return (
    <TextInput
      type="time"
      label="At"
      w={130}
      value={`${twoDigits(choice.hour)}:${twoDigits(choice.minute)}`}
      onChange={(event) => {
        // Empty while one of its parts is being typed: the time stays what it was.
        const [hour, minute] = event.currentTarget.value.split(':').map(Number)
        if (hour !== undefined && minute !== undefined) onChange({ ...choice, hour, minute })
      }}
    />
  )
}

function DateField({ choice, onChange }: FieldProps<Of<'monthly'>>) {
  const days = Array.from({ length: 31 }, (_, index) => String(index + 1))
  return (
    <Select
      label="Day of the month"
      w={150}
      allowDeselect={false}
      data={[...days, { value: 'last', label: 'Last day' }]}
      value={String(choice.day)}
      onChange={(day) => onChange({ ...choice, day: day === 'last' ? 'last' : Number(day) })}
    />
  )
}

const weekdays = [
  [1, 'Mon', 'Monday'],
  [2, 'Tue', 'Tuesday'],
  [3, 'Wed', 'Wednesday'],
  [4, 'Thu', 'Thursday'],
  [5, 'Fri', 'Friday'],
  [6, 'Sat', 'Saturday'],
  [0, 'Sun', 'Sunday'],
] as const

interface WeekdaysProps {
  readonly days: readonly number[]
  readonly onChange: (days: readonly number[]) => void
}

/** At least one day stays chosen. */
function Weekdays({ days, onChange }: WeekdaysProps) {
  const toggle = (day: number): void => {
    const next = days.includes(day) ? days.filter((one) => one !== day) : [...days, day]
    if (next.length > 0) onChange(next.toSorted((left, right) => left - right))
  }
  return (
    <div role="group" aria-label="Days of the week">
      <div className={classes['label']}>On</div>
      <div className={classes['days']}>
        {weekdays.map(([day, short, long]) => (
          <button
            key={day}
            type="button"
            className={`${classes['chip']} ${classes['day']}`}
            aria-pressed={days.includes(day)}
            title={long}
            onClick={() => toggle(day)}
          >
            {short}
          </button>
        ))}
      </div>
    </div>
  )
}
