import { Select } from '@mantine/core'
import { useMemo } from 'react'

export interface ZonePickerProps {
  readonly value: string
  readonly onChange: (zone: string) => void
  readonly error: string | null
  readonly disabled?: boolean
}

/** Drawn at once; typing narrows them. */
const mostShown = 60

/**
 * IANA zones by name. Offsets are no choice: they know no daylight saving time. The present value is one, whatever it is (aliases such as
 * `Asia/Calcutta`, names of other programs), so that looking at a schedule does not change it.
 */
export function ZonePicker({ value, onChange, error, disabled = false }: ZonePickerProps) {
  const zones = useMemo(
    () => [...new Set([value, 'UTC', ...Intl.supportedValuesOf('timeZone')])].filter(Boolean),
    [value],
  )
  return (
    <Select
      label="Time zone"
      searchable
      selectFirstOptionOnChange
      data={zones}
      limit={mostShown}
      value={value}
      error={error}
      disabled={disabled}
      filter={({ options, search, limit }) =>
        options.filter((option) => 'value' in option && spoken(option.value).includes(spoken(search))).slice(0, limit)
      }
      nothingFoundMessage="No such zone. Choose a place such as Europe/Berlin, not an offset."
      onChange={(zone) => {
        if (zone !== null) onChange(zone)
      }}
    />
  )
}

/** "new york" finds America/New_York. */
function spoken(text: string): string {
  return text.trim().toLowerCase().replaceAll('_', ' ')
}
