import { Select, TextInput } from '@mantine/core'
import classes from './mute-form.module.css'
import { type MuteUntil, type MuteUntilChoice, muteUntilChoices } from './until.ts'

const words: Readonly<Record<MuteUntilChoice, string>> = {
  hour: 'For 1 hour',
  tomorrow: 'Until tomorrow, 9:00',
  week: 'For a week',
  removed: 'Until the rule is removed',
  time: 'Until a time…',
}

export interface UntilFieldProps {
  readonly value: MuteUntil
  readonly zone: string
  readonly fault: string | null
  readonly onChange: (value: MuteUntil) => void
}

export function UntilField({ value, zone, fault, onChange }: UntilFieldProps) {
  return (
    <div className={classes['pair']}>
      <Select
        label="Until when"
        allowDeselect={false}
        data={muteUntilChoices.map((choice) => ({ value: choice, label: words[choice] }))}
        value={value.choice}
        onChange={(next) => {
          const choice = muteUntilChoices.find((one) => one === next)
          if (choice !== undefined) onChange({ ...value, choice })
        }}
      />
      {value.choice === 'time' && (
        <TextInput
          type="datetime-local"
          label={`Day and time (${zone})`}
          value={value.text}
          error={value.text === '' ? null : fault}
          onChange={(event) => onChange({ ...value, text: event.currentTarget.value })}
        />
      )}
    </div>
  )
}
