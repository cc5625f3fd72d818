import { ActionIcon, Select, TextInput, Tooltip } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { IconArrowDown, IconArrowUp, IconCopy, IconDownload, IconTextWrap } from '@tabler/icons-react'
import type { LeastLevel } from './log-filter.ts'
import classes from './log-view.module.css'

export interface LogToolsProps {
  readonly search: string
  readonly onSearch: (text: string) => void
  /** Lines found, and which of them is shown (from 1); null = nothing is searched for. */
  readonly found: { readonly count: number; readonly current: number } | null
  readonly onStep: (step: 1 | -1) => void
  readonly least: LeastLevel
  readonly onLeast: (least: LeastLevel) => void
  readonly isWrapped: boolean
  readonly onWrap: (isWrapped: boolean) => void
  /** The text of what is shown, made only when it is wanted. */
  readonly copy: () => string
  readonly onDownload: () => void
  readonly isDownloading: boolean
}

const levels: readonly { value: LeastLevel; label: string }[] = [
  { value: 'debug', label: 'All levels' },
  { value: 'info', label: 'Info and above' },
  { value: 'warn', label: 'Warnings and errors' },
  { value: 'error', label: 'Errors' },
]

export function LogTools(props: LogToolsProps) {
  const { search, found, onStep, isWrapped } = props
  return (
    <div className={classes['tools']}>
      <TextInput
        aria-label="Search the log"
        placeholder="Search the log"
        className={classes['search'] ?? ''}
        value={search}
        onChange={(event) => props.onSearch(event.currentTarget.value)}
      />
      {found !== null && (
        <>
          <output className={classes['count']}>
            {found.count === 0 ? 'not found' : `${found.current} of ${found.count}`}
          </output>
          <ActionIcon aria-label="Line found before (N)" disabled={found.count === 0} onClick={() => onStep(-1)}>
            <IconArrowUp size={14} />
          </ActionIcon>
          <ActionIcon aria-label="Next line found (n)" disabled={found.count === 0} onClick={() => onStep(1)}>
            <IconArrowDown size={14} />
          </ActionIcon>
        </>
      )}
      <Select
        aria-label="Levels"
        data={levels}
        value={props.least}
        allowDeselect={false}
        w={160}
        comboboxProps={{ withinPortal: true }}
        onChange={(value) => props.onLeast(levels.find((level) => level.value === value)?.value ?? 'debug')}
      />
      <span className={classes['spacer']} />
      <Tooltip label={isWrapped ? 'Do not wrap long lines' : 'Wrap long lines'}>
        <ActionIcon
          aria-label="Wrap long lines"
          aria-pressed={isWrapped}
          variant={isWrapped ? 'default' : 'subtle'}
          onClick={() => props.onWrap(!isWrapped)}
        >
          <IconTextWrap size={16} />
        </ActionIcon>
      </Tooltip>
      <CopyLines text={props.copy} />
      <Tooltip label="Download the whole log">
        <ActionIcon aria-label="Download the whole log" loading={props.isDownloading} onClick={props.onDownload}>
          <IconDownload size={16} />
        </ActionIcon>
      </Tooltip>
    </div>
  )
}

function CopyLines({ text }: { text: () => string }) {
  // The text of a long log is made when it is asked for, not at every render.
  const { copy, copied } = useClipboard({ timeout: 1_500 })
  return (
    <Tooltip label={copied ? 'Copied' : 'Copy the lines shown'}>
      <ActionIcon aria-label="Copy the lines shown" onClick={() => copy(text())}>
        <IconCopy size={16} />
      </ActionIcon>
    </Tooltip>
  )
}
