import { Button, Group, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { FilterCodec } from '../../app/filters.ts'
import { FilterChip } from '../../components/filter-chip.tsx'
import { useShownZone } from '../../components/time.tsx'

const timePattern = /^([01]\d|2[0-3]):[0-5]\d$/

/** `HH:MM` of the zone that is shown everywhere; empty = no time is asked about. */
export const timeFilter: FilterCodec<string> = {
  read: (text) => (text !== null && timePattern.test(text) ? text : ''),
  write: (value) => (timePattern.test(value) ? value : null),
}

/** "Not ready by: 09:00": asks which pages will not be ready by a time of day. */
export function ByFilter({ value, onChange }: { value: string; onChange: (time: string) => void }) {
  return (
    <FilterChip label="Not ready by" chosen={value === '' ? null : value}>
      {(close) => (
        <TimeForm
          value={value}
          onChange={(time) => {
            onChange(time)
            close()
          }}
        />
      )}
    </FilterChip>
  )
}

function TimeForm({ value, onChange }: { value: string; onChange: (time: string) => void }) {
  const { zone } = useShownZone()
  const [time, setTime] = useState(value === '' ? '09:00' : value)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (timePattern.test(time)) onChange(time)
      }}
    >
      <Stack gap="xs">
        <TextInput
          type="time"
          label="Not ready by"
          description={`The next time the clocks of ${zone} show it`}
          value={time}
          data-autofocus
          onChange={(event) => setTime(event.currentTarget.value)}
        />
        <Group gap="xs">
          <Button type="submit" disabled={!timePattern.test(time)}>
            Show
          </Button>
          {value !== '' && (
            <Button variant="default" onClick={() => onChange('')}>
              Any time
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  )
}
