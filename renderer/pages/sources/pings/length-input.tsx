import { Group, NumberInput, Select } from '@mantine/core'
import { useState } from 'react'
import { planLimits } from '../../../../shared/pings/plan.ts'

const units = { minutes: 60, hours: 3_600, days: 86_400 } as const
type Unit = keyof typeof units
const unitNames: readonly Unit[] = ['minutes', 'hours', 'days']

export interface LengthInputProps {
  readonly label: string
  readonly description?: string
  readonly seconds: number
  readonly onChange: (seconds: number) => void
}

/** A length of time as people say it: a number and a unit. */
export function LengthInput({ label, description, seconds, onChange }: LengthInputProps) {
  const [unit, setUnit] = useState<Unit>(() => largestUnit(seconds))
  const amount = seconds / units[unit]
  const isPossible = Number.isInteger(seconds) && seconds >= planLimits.least && seconds <= planLimits.most
  return (
    <Group gap="xs" align="flex-start">
      <NumberInput
        label={label}
        description={description}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        required
        w={description === undefined ? 130 : 300}
        value={Number.isFinite(amount) ? amount : ''}
        error={isPossible ? null : 'A minute to a year.'}
        onChange={(value) => onChange(value === '' ? Number.NaN : Math.round(Number(value) * units[unit]))}
      />
      <Select
        label={`Unit of ${label.toLowerCase()}`}
        w={110}
        allowDeselect={false}
        data={[...unitNames]}
        value={unit}
        onChange={(word) => {
          const next = unitNames.find((one) => one === word) ?? unit
          setUnit(next)
          onChange(Math.round(amount * units[next]))
        }}
      />
    </Group>
  )
}

/** In which it is a whole number. */
function largestUnit(seconds: number): Unit {
  return unitNames.findLast((unit) => seconds % units[unit] === 0) ?? 'minutes'
}
