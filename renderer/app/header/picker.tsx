import { Combobox, UnstyledButton, useCombobox } from '@mantine/core'
import { IconSelector } from '@tabler/icons-react'
import { useState } from 'react'
import classes from './header.module.css'

export interface Pick {
  readonly id: string
  readonly name: string
}

/** Something that stands for several picks. */
export interface GroupPick extends Pick {
  /** What the button says while it is picked. */
  readonly pickedName: string
  /** Beside its name in the list. */
  readonly note: string
}

export interface PickerProps {
  /** What is picked: "Brand". */
  readonly label: string
  readonly picks: readonly Pick[]
  /** Before the picks, under a heading; none = no headings. */
  readonly groups?: readonly GroupPick[]
  /** What the button says for what is no pick. */
  readonly unknown?: string
  /** Null = all, where that can be picked. */
  readonly pickedId: string | null
  /** First in the list, for null; absent = one must be picked. */
  readonly all?: string | undefined
  readonly onPick: (id: string | null) => void
}

/** At most so many are drawn; typing narrows them. */
const mostShown = 100
/** From how many on there is a field to search in. */
const manyPicks = 8

/** One of many by name: typing searches, arrows move, Enter picks. A thousand are fine. */
export function Picker(props: PickerProps) {
  const { label, picks, groups = noGroups, pickedId, all, unknown = `Unknown ${label.toLowerCase()}`, onPick } = props
  const [text, setText] = useState('')
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption()
      setText('')
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  })
  const pickedName =
    pickedId === null
      ? (all ?? '')
      : (groups.find(({ id }) => id === pickedId)?.pickedName ??
        picks.find(({ id }) => id === pickedId)?.name ??
        unknown)
  return (
    <Combobox
      store={combobox}
      keepMounted={false}
      width={300}
      position="bottom-start"
      shadow="md"
      onOptionSubmit={(value) => {
        onPick(value === '' ? null : value)
        combobox.closeDropdown()
        combobox.focusTarget()
      }}
    >
      <Combobox.Target targetType="button">
        <UnstyledButton
          className={classes['quiet'] ?? ''}
          aria-label={`${label}: ${pickedName}`}
          onClick={() => combobox.toggleDropdown()}
        >
          <bdi className="pm-clip">{pickedName}</bdi>
          <IconSelector size={14} aria-hidden />
        </UnstyledButton>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Choices
          label={label}
          picks={picks}
          groups={groups}
          pickedId={pickedId}
          all={all}
          text={text}
          onType={(typed) => {
            setText(typed)
            combobox.selectFirstOption()
          }}
        />
      </Combobox.Dropdown>
    </Combobox>
  )
}

const noGroups: readonly GroupPick[] = []

interface ChoicesProps extends Omit<PickerProps, 'onPick' | 'unknown'> {
  readonly text: string
  readonly onType: (text: string) => void
}

/** Drawn, and searched through, while the list is open only. */
function Choices({ label, picks, groups = noGroups, pickedId, all, text, onType }: ChoicesProps) {
  const found = foundBy(text, picks)
  const foundGroups = foundBy(text, groups)
  const options = found.slice(0, mostShown).map(({ id, name, twin }) => (
    <Combobox.Option key={id} value={id} active={id === pickedId}>
      <bdi>{name.slice(0, 200)}</bdi>
      {twin && <span className="pm-dim"> {id.slice(0, 8)}</span>}
    </Combobox.Option>
  ))
  return (
    <>
      {picks.length + groups.length > manyPicks && (
        <Combobox.Search
          ref={focusAtOnce}
          value={text}
          onChange={(event) => onType(event.currentTarget.value)}
          placeholder={`Search ${picks.length.toLocaleString()}`}
          aria-label={`Search: ${label}`}
        />
      )}
      <Combobox.Options mah={360} style={{ overflowY: 'auto' }} aria-label={label}>
        {all !== undefined && text === '' && (
          <Combobox.Option value="" active={pickedId === null}>
            {all}
          </Combobox.Option>
        )}
        {foundGroups.length > 0 && (
          <Combobox.Group label="Groups">
            {foundGroups.map(({ id, name, note }) => (
              <Combobox.Option key={id} value={id} active={id === pickedId}>
                <bdi>{name}</bdi> <span className="pm-dim">{note}</span>
              </Combobox.Option>
            ))}
          </Combobox.Group>
        )}
        {foundGroups.length > 0 && found.length > 0 ? (
          <Combobox.Group label={`${label}s`}>{options}</Combobox.Group>
        ) : (
          options
        )}
        {found.length === 0 && foundGroups.length === 0 && (
          <Combobox.Empty>
            {text === '' ? `There is no ${label.toLowerCase()} yet.` : 'Nothing has this in its name.'}
          </Combobox.Empty>
        )}
      </Combobox.Options>
      {found.length > mostShown && (
        <Combobox.Footer>
          The first {mostShown} of {found.length.toLocaleString()}; type to narrow.
        </Combobox.Footer>
      )}
    </>
  )
}

/** When it is there: with a thousand names to draw, that is later than the opening of the list, and what is typed meanwhile would be lost. */
function focusAtOnce(input: HTMLInputElement | null): void {
  input?.focus({ preventScroll: true })
}

/** Names that start with the text come first. Those that read the same are told apart by their ids. */
function foundBy<One extends Pick>(text: string, picks: readonly One[]): (One & { readonly twin: boolean })[] {
  const wanted = text.trim().toLocaleLowerCase()
  const named = picks.map((pick) => ({ pick, name: pick.name, lower: pick.name.toLocaleLowerCase() }))
  const times = new Map<string, number>()
  for (const { name } of named) times.set(name, (times.get(name) ?? 0) + 1)
  const found = named.filter(({ lower }) => lower.includes(wanted))
  const first = found.filter(({ lower }) => lower.startsWith(wanted))
  const rest = found.filter(({ lower }) => !lower.startsWith(wanted))
  return [...first, ...rest].map(({ pick, name }) => ({ ...pick, twin: (times.get(name) ?? 0) > 1 }))
}
