import { Button, Popover } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import classes from './filters-bar.module.css'

export interface FilterChipProps {
  readonly label: string
  /** What is chosen, in a few words; null = nothing narrows. */
  readonly chosen: string | null
  /** px */
  readonly width?: number
  /** What the chip opens; gets a way to close it. */
  readonly children: (close: () => void) => ReactNode
}

/** "Status: failed, running ▾": says what it does and what it is set to, opens its choices below. Escape closes and gives the focus back. */
export function FilterChip({ label, chosen, width = 260, children }: FilterChipProps) {
  const [isOpen, setIsOpen] = useState(false)
  const close = (): void => setIsOpen(false)
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-start" width={width} trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          className={classes['chip'] ?? ''}
          data-active={chosen !== null || undefined}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          onClick={() => setIsOpen(!isOpen)}
        >
          {label}
          {chosen !== null && (
            <span className={classes['chosen']}>
              : <bdi>{chosen}</bdi>
            </span>
          )}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes['dropdown'] ?? ''}>{isOpen && children(close)}</Popover.Dropdown>
    </Popover>
  )
}
