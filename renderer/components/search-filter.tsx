import { ActionIcon, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch, IconX } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import classes from './filters-bar.module.css'

/** How long typing must rest before the list is asked again, ms. */
const restMs = 150
/** What the server takes (`searchText` of the contract). */
const longest = 200

export interface SearchFilterProps {
  readonly label: string
  readonly value: string
  readonly onChange: (text: string) => void
}

/**
 * Text filter: what is typed shows at once and filters when typing rests. `/` moves the focus here; Escape gives it back and keeps
 * the text.
 */
export function SearchFilter({ label, value, onChange }: SearchFilterProps) {
  const [text, setText] = useState(value)
  const sent = useRef(value)
  const field = useRef<HTMLInputElement>(null)
  const send = useDebouncedCallback((next: string) => {
    sent.current = next
    onChange(next)
  }, restMs)
  useEffect(() => {
    // Changed from elsewhere: "Clear filters", Back, a link. Our own change comes back as well, maybe behind what has been typed since.
    if (value === sent.current) return
    send.cancel()
    sent.current = value
    setText(value)
  }, [value, send])
  const type = (next: string): void => {
    setText(next)
    send(next)
  }
  return (
    <TextInput
      ref={field}
      className={classes['search'] ?? ''}
      aria-label={label}
      placeholder={label}
      data-search-field
      maxLength={longest}
      value={text}
      leftSection={<IconSearch size={14} aria-hidden />}
      rightSection={
        text === '' ? null : (
          <ActionIcon
            size={24}
            aria-label={`Clear: ${label}`}
            onClick={() => {
              type('')
              send.flush()
              field.current?.focus()
            }}
          >
            <IconX size={14} />
          </ActionIcon>
        )
      }
      onChange={(event) => type(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') send.flush()
        if (event.key !== 'Escape') return
        send.flush()
        event.preventDefault()
        event.currentTarget.blur()
      }}
    />
  )
}
