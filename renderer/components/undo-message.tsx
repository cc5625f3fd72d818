import { Button, Group } from '@mantine/core'
import { TimesInText } from './times-in-text.tsx'

export function UndoMessage({ message, label, onUndo }: { message: string; label: string; onUndo: () => void }) {
  return (
    <Group justify="space-between" wrap="nowrap">
      <span>
        <TimesInText text={message} />
      </span>
      <Button variant="default" onClick={onUndo}>
        {label}
      </Button>
    </Group>
  )
}
