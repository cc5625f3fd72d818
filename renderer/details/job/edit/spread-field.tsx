import { NumberInput } from '@mantine/core'
import { nextFires } from '../../../../shared/cadence.ts'
import { laterBy, spreadOffset } from '../../../../shared/spread.ts'
import { useNow } from '../../../client/now.tsx'
import { readCadence } from '../../../components/cadence-reading.ts'
import { counted } from '../../../components/counts.ts'
import type { ScheduleValues } from './schedule-values.ts'

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

/** For a window without a fault. */
function spanInWords(brandIds: readonly string[], values: SpreadProps['values'], now: Date): string {
  const minutes = values.spreadMinutes ?? 0
  const { cadence } = readCadence(values.cron, values.timeZone)
  if (brandIds.length === 0 || cadence === null) return ''
  if (minutes <= 1)
    return `All ${brandIds.length.toLocaleString()} start at the same minute; 30 would give each brand a minute of its own.`
  const offsets = brandIds.map((id) => spreadOffset(id, minutes))
  const [first, last] = [Math.min(...offsets), Math.max(...offsets)]
  const most = Math.max(...[...Map.groupBy(offsets, (offset) => offset).values()].map(({ length }) => length))
  const [fire] = nextFires({ ...cadence, cron: laterBy(cadence.cron, first) }, now, 1)
  const from =
    fire === undefined ? '' : `The first starts at ${fire.local}, the last ${counted(last - first, 'minute')} later; `
  return `${from}at most ${most.toLocaleString()} in the same minute. A brand keeps its minute.`
}
