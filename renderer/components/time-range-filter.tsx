import { Button, Group, Radio, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { FilterChip } from './filter-chip.tsx'
import classes from './filters-bar.module.css'
import { absoluteText, useShownZone } from './time.tsx'
import { customBounds, isoOfWall, ranges, wallText } from './time-range.ts'

export interface TimeRangeFilterProps {
  /** As `timeRangeFilter` reads it: `24h`, or `<ISO>..<ISO>`; empty = any time. */
  readonly value: string
  readonly onChange: (value: string) => void
  /** Offers "Any time" as well. */
  readonly mayBeAny?: boolean
}

/** Some last hours or days, or from an instant to another, in the zone that is shown everywhere. */
export function TimeRangeFilter({ value, onChange, mayBeAny = false }: TimeRangeFilterProps) {
  const { zone } = useShownZone()
  const choices = mayBeAny ? [{ value: '', label: 'Any time' }, ...ranges] : ranges
  return (
    <FilterChip label="Time" chosen={rangeInWords(value, zone)} width={300}>
      {(close) => (
        <Stack gap="xs">
          <Radio.Group
            aria-label="Time"
            value={value}
            onChange={(next) => {
              onChange(next)
            }}
          >
            {choices.map((range) => (
              <Radio
                key={range.value}
                value={range.value}
                label={range.label}
                classNames={{ root: classes['choice'] ?? '', labelWrapper: classes['choiceLabel'] ?? '' }}
              />
            ))}
          </Radio.Group>
          <CustomRange
            zone={zone}
            value={value}
            onApply={(next) => {
              onChange(next)
              close()
            }}
          />
        </Stack>
      )}
    </FilterChip>
  )
}

function CustomRange({ zone, value, onApply }: { zone: string; value: string; onApply: (value: string) => void }) {
  const bounds = customBounds(value)
  const [from, setFrom] = useState(() => wallText(bounds?.from ?? null, zone))
  const [to, setTo] = useState(() => wallText(bounds?.to ?? null, zone))
  const range = `${isoOfWall(from, zone) ?? ''}..${isoOfWall(to, zone) ?? ''}`
  const isPossible = customBounds(range) !== null
  return (
    <form
      className={classes['custom']}
      onSubmit={(event) => {
        event.preventDefault()
        if (isPossible) onApply(range)
      }}
    >
      <TextInput
        type="datetime-local"
        label="From"
        description='Left empty: 30 days before "To".'
        value={from}
        max={to === '' ? undefined : to}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        label="To"
        value={to}
        min={from === '' ? undefined : from}
        error={!isPossible && from !== '' && to !== '' ? 'This is before "From".' : null}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      <Group justify="space-between" wrap="nowrap">
        <span className="pm-dim">Times in {zone}</span>
        <Button type="submit" disabled={!isPossible}>
          Apply
        </Button>
      </Group>
    </form>
  )
}

/** "Last 7 days", "since …", "… to …"; null for any time. */
function rangeInWords(value: string, zone: string): string | null {
  const named = ranges.find((range) => range.value === value)
  if (named !== undefined) return named.label.toLowerCase()
  const bounds = customBounds(value)
  if (bounds === null) return null
  const [from, to] = [bounds.from, bounds.to].map((iso) => (iso === null ? '' : absoluteText(new Date(iso), zone)))
  return to === '' ? `since ${from}` : `${from} to ${to}`
}
