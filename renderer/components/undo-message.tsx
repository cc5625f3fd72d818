import { Button, Group } from '@mantine/core'

export function UndoMessage({ message, label, onUndo }: { message: string; label: string; onUndo: () => void }) {
  return (
    <Group justify="space-between" wrap="nowrap">
      <span>{message}</span>
      <Button variant="default" onClick={onUndo}>
        {label}
      </Button>
    </Group>
  )
}
