import { NumberInput } from '@mantine/core'
import { useNow } from '../../../client/now.tsx'
import type { ScheduleValues } from './schedule-values.ts'
import { spanInWords } from './spread-words.ts'

interface SpreadProps {
  /** Whose schedules are spread. */
  readonly brandIds: readonly string[]
  readonly values: Pick<ScheduleValues, 'cron' | 'timeZone' | 'spreadMinutes'>
  readonly fault: string | undefined
  readonly onChange: (minutes: number | null) => void
}

/** Over how many minutes the brands begin, and when the first and the last then do. */
export function SpreadField({ brandIds, values, fault, onChange }: SpreadProps) {
  const now = useNow()
  return (
    <NumberInput
      label="Spread over, minutes"
      description={fault === undefined ? spanInWords(brandIds, values, now) : undefined}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      clampBehavior="none"
      allowDecimal={false}
      value={values.spreadMinutes ?? ''}
      error={fault}
      onChange={(next) => onChange(typeof next === 'number' ? next : null)}
    />
  )
}
