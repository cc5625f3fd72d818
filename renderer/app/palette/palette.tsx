import { Kbd, Modal } from '@mantine/core'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { useReturnFocus } from '../return-focus.ts'
import classes from './palette.module.css'
import type { PaletteItem } from './ranking.ts'
import { type PaletteGroup, usePaletteItems } from './use-palette-items.ts'

/** Mod+K: reaches every page, brand, job and action by typing some of its name. */
export function Palette({ onClose }: { onClose: () => void }) {
  useReturnFocus()
  return (
    <Modal.Root opened onClose={onClose} size={620} padding={0} yOffset="12vh" transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content aria-label="Search or run a command">
        <Modal.Body>
          <Finder onClose={onClose} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}

function Finder({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const { groups, isAsking } = usePaletteItems(text)
  const items = groups.flatMap(({ items }) => items)
  const [chosenId, setChosenId] = useState<string | null>(null)
  const at = Math.max(
    0,
    items.findIndex(({ id }) => id === chosenId),
  )
  const chosen = items[at]
  const list = useId()
  const run = (item: PaletteItem | undefined): void => {
    if (item === undefined || (item.disabledReason ?? null) !== null) return
    onClose()
    item.run()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter') run(chosen)
    else {
      const to = moves[event.key]?.(at, items.length)
      if (to === undefined) return
      setChosenId(items[to]?.id ?? null)
    }
    event.preventDefault()
  }
  return (
    <div className={classes['finder']}>
      <input
        data-autofocus
        className={classes['input']}
        role="combobox"
        aria-label="Search pages, brands, jobs, actions, or paste an id"
        aria-expanded={items.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={chosen === undefined ? undefined : optionId(list, at)}
        placeholder="Search pages, brands, jobs, actions, or paste an id"
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
          setChosenId(null)
        }}
        onKeyDown={onKeyDown}
      />
      <Results list={list} groups={groups} at={at} onPoint={setChosenId} onRun={run} />
      <p className={classes['note']} role="status">
        {items.length > 0 ? '' : isAsking ? 'Searching' : `Nothing is called "${text.trim().slice(0, 60)}".`}
      </p>
      <p className={classes['foot']} aria-hidden>
        <Kbd size="xs">↑</Kbd> <Kbd size="xs">↓</Kbd> move <Kbd size="xs">Enter</Kbd> open <Kbd size="xs">Esc</Kbd>{' '}
        close
      </p>
    </div>
  )
}

const moves: Readonly<Record<string, ((at: number, count: number) => number) | undefined>> = {
  ArrowDown: (at, count) => (at + 1) % Math.max(1, count),
  ArrowUp: (at, count) => (at - 1 + count) % Math.max(1, count),
  PageDown: (at, count) => Math.min(at + 8, count - 1),
  PageUp: (at) => Math.max(at - 8, 0),
}

interface ResultsProps {
  readonly list: string
  readonly groups: readonly PaletteGroup[]
  readonly at: number
  readonly onPoint: (id: string) => void
  readonly onRun: (item: PaletteItem) => void
}

function Results({ list, groups, at, onPoint, onRun }: ResultsProps) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    box.current?.querySelector(`#${CSS.escape(optionId(list, at))}`)?.scrollIntoView({ block: 'nearest' })
  }, [list, at])
  return (
    <div ref={box} id={list} role="listbox" aria-label="Results" className={classes['results']}>
      {withStarts(groups).map(({ name, items, start }) => (
        <div key={name} role="group" aria-label={name}>
          <div className={classes['group']} aria-hidden>
            {name}
          </div>
          {items.map((item, index) => (
            <Option
              key={item.id}
              id={optionId(list, start + index)}
              item={item}
              isChosen={start + index === at}
              onPoint={onPoint}
              onRun={onRun}
            />
          ))}
        </div>
      ))}
    </div>
  )
}

/** Each group with how many items stand before it. */
function withStarts(groups: readonly PaletteGroup[]) {
  return groups.map((group, index) => ({
    ...group,
    start: groups.slice(0, index).reduce((count, { items }) => count + items.length, 0),
  }))
}

interface OptionProps extends Pick<ResultsProps, 'onPoint' | 'onRun'> {
  readonly id: string
  readonly item: PaletteItem
  readonly isChosen: boolean
}

function Option({ id, item, isChosen, onPoint, onRun }: OptionProps) {
  const { label, kind, keys, disabledReason = null } = item
  return (
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      aria-disabled={disabledReason !== null}
      className={classes['option']}
      onMouseMove={() => onPoint(item.id)}
      onClick={() => onRun(item)}
    >
      <bdi className="pm-clip">{label.slice(0, 200)}</bdi>
      <span className={classes['kind']}>{disabledReason ?? kind}</span>
      {keys !== undefined && (
        <span className={classes['keys']}>
          {keys.split(' ').map((key) => (
            <Kbd key={key} size="xs">
              {key}
            </Kbd>
          ))}
        </span>
      )}
    </div>
  )
}

function optionId(list: string, index: number): string {
  return `${list}-${index}`
}
