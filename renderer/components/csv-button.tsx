import { Button } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'

/** Saves what is listed; `isRunning` while its pages are read. */
export function CsvButton(props: { isRunning: boolean; isEmpty: boolean; onClick: () => void }) {
  const { isRunning, isEmpty, onClick } = props
  return (
    <Button
      variant="default"
      leftSection={<IconDownload size={14} aria-hidden />}
      loading={isRunning}
      disabled={isEmpty}
      onClick={onClick}
    >
      Export CSV
    </Button>
  )
}
