import { Button, Menu } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useState } from 'react'
import type { RunFilterInput } from '../../../shared/contract/runs.ts'
import { useCommands } from '../../app/commands.tsx'
import { useClient } from '../../client/context.tsx'
import { useDatabaseClock } from '../../client/now.tsx'
import { counted, countText } from '../../components/counts.ts'
import { notifyDone } from '../../components/notify.ts'
import { saveFile } from '../../components/save-file.ts'
import { useDownload } from '../../components/use-download.ts'

/** The server stops there (`runs.export` of the contract). */
const mostRows = 100_000

const formats = {
  csv: { label: 'CSV', type: 'text/csv;charset=utf-8' },
  json: { label: 'JSON', type: 'application/json' },
} as const
type Format = keyof typeof formats
const formatNames = ['csv', 'json'] as const satisfies readonly Format[]

/** Saves everything that matches the filters, says how far it is, and can be stopped. */
export function ExportButton({ input, total }: { input: RunFilterInput; total: number | null }) {
  const { rows, start, cancel } = useExport(input)
  useCommands(
    formatNames.map((format) => ({
      id: `run-history.export-${format}`,
      label: `Export these runs as ${formats[format].label}`,
      disabledReason: rows !== null ? 'An export is going on.' : total === 0 ? 'No run matches.' : null,
      run: () => start(format),
    })),
  )
  const most = Math.min(total ?? mostRows, mostRows)
  if (rows !== null) {
    return (
      <Button variant="default" onClick={cancel}>
        <span aria-live="off">
          Cancel export · {countText(rows)} of {countText(Math.max(most, rows))}
        </span>
      </Button>
    )
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={14} aria-hidden />} disabled={total === 0}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {total === null
            ? 'Everything that matches'
            : total > mostRows
              ? `The newest ${countText(mostRows)} of ${countText(total)} runs`
              : counted(total, 'run')}
        </Menu.Label>
        {formatNames.map((format) => (
          <Menu.Item key={format} onClick={() => start(format)}>
            {formats[format].label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function useExport(input: RunFilterInput): {
  /** So far; null while nothing is exported. */
  readonly rows: number | null
  readonly start: (format: Format) => void
  readonly cancel: () => void
} {
  const client = useClient()
  const clock = useDatabaseClock()
  const [rows, setRows] = useState(0)
  const { isRunning, start, cancel } = useDownload(async (signal, format: Format) => {
    setRows(0)
    const pieces: string[] = []
    let count = 0
    for await (const piece of await client.runs.export({ ...input, format }, { signal })) {
      pieces.push(piece.text)
      count += piece.rows
      setRows(count)
    }
    if (signal.aborted) return
    const day = clock.now().toISOString().slice(0, 10)
    saveFile(`runs-${day}.${format}`, new Blob(pieces, { type: formats[format].type }))
    notifyDone(`Exported ${counted(count, 'run')} as ${formats[format].label}.`)
  })
  return { rows: isRunning ? rows : null, start, cancel }
}
