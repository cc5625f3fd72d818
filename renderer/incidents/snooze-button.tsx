import { Button, Popover, Stack, TextInput } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import { useDatabaseClock } from '../client/now.tsx'
import { useShownZone } from '../components/time.tsx'
import { inOneHour, instantOfField, tomorrowMorning } from './snooze-times.ts'

export interface SnoozeButtonProps {
  /** "Snooze", "Snooze 12" */
  readonly label: string
  /** Why nothing can be snoozed; null when it can. */
  readonly whyNot: string | null
  /** Null: until it recovers. */
  readonly onSnooze: (until: Date | null) => void
}

/** Keeps quiet for a while; by the clock of the database and in the zone in which times are shown. */
export function SnoozeButton({ label, whyNot, onSnooze }: SnoozeButtonProps) {
  const [isOpen, setIsOpen] = useState(false)
  const choose = (until: Date | null): void => {
    setIsOpen(false)
    onSnooze(until)
  }
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" width={260} trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          rightSection={<IconChevronDown size={14} aria-hidden />}
          disabled={whyNot !== null}
          title={whyNot ?? undefined}
          onClick={() => setIsOpen(!isOpen)}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Snooze">{isOpen && <SnoozeChoices onChoose={choose} />}</Popover.Dropdown>
    </Popover>
  )
}

function SnoozeChoices({ onChoose }: { onChoose: (until: Date | null) => void }) {
  const clock = useDatabaseClock()
  const { zone } = useShownZone()
  const [text, setText] = useState('')
  const until = instantOfField(text, zone)
  const isPast = until !== null && until <= clock.now()
  return (
    <Stack gap={6}>
      <Button variant="default" data-autofocus onClick={() => onChoose(inOneHour(clock.now()))}>
        For 1 hour
      </Button>
      <Button variant="default" onClick={() => onChoose(tomorrowMorning(clock.now(), zone))}>
        Until tomorrow, 9:00
      </Button>
      <Button variant="default" onClick={() => onChoose(null)}>
        Until it recovers
      </Button>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (until !== null && !isPast) onChoose(until)
        }}
      >
        <Stack gap={6}>
          <TextInput
            type="datetime-local"
            label={`Until a time (${zone})`}
            value={text}
            error={isPast ? 'This is in the past.' : null}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button type="submit" disabled={until === null || isPast}>
            Snooze until then
          </Button>
        </Stack>
      </form>
    </Stack>
  )
}
