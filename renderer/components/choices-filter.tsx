import { Button, Checkbox, Radio, TextInput } from '@mantine/core'
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react'
import { FilterChip } from './filter-chip.tsx'
import classes from './filters-bar.module.css'
import type { Choice } from './filters-bar.tsx'

/** From how many choices on they can be searched. */
const manyChoices = 8
/** At most so many are drawn at once; typing narrows them. */
const mostShown = 100

export interface ChoicesFilterProps {
  readonly label: string
  readonly choices: readonly Choice[]
  readonly values: readonly string[]
  readonly onChange: (values: string[]) => void
}

/** A chip that opens a list of choices: none chosen = no filter. */
export function ChoicesFilter({ label, choices, values, onChange }: ChoicesFilterProps) {
  const toggle = (value: string): void =>
    onChange(values.includes(value) ? values.filter((one) => one !== value) : [...values, value])
  return (
    <FilterChip label={label} chosen={chosenInWords(choices, values)}>
      {() => (
        <>
          <ChoiceList label={label} choices={withStrangers(choices, values)}>
            {(choice) => (
              <Checkbox
                key={choice.value}
                checked={values.includes(choice.value)}
                onChange={() => toggle(choice.value)}
                label={<ChoiceLabel choice={choice} />}
                classNames={{ root: classes['choice'] ?? '', labelWrapper: classes['choiceLabel'] ?? '' }}
              />
            )}
          </ChoiceList>
          {values.length > 0 && (
            <Button variant="subtle" color="gray" fullWidth onClick={() => onChange([])}>
              Choose none
            </Button>
          )}
        </>
      )}
    </FilterChip>
  )
}

export interface SelectFilterProps {
  readonly label: string
  readonly choices: readonly Choice[]
  /** The first choice is the usual one, and does not narrow. */
  readonly value: string
  readonly onChange: (value: string) => void
}

/** A chip with exactly one choice. */
export function SelectFilter({ label, choices, value, onChange }: SelectFilterProps) {
  const isUsual = choices[0]?.value === value
  return (
    <FilterChip label={label} chosen={isUsual ? null : chosenInWords(choices, [value])}>
      {() => (
        <ChoiceList label={label} choices={choices}>
          {(choice) => (
            <Radio
              key={choice.value}
              name={`filter ${label}`}
              checked={choice.value === value}
              onChange={() => onChange(choice.value)}
              label={<ChoiceLabel choice={choice} />}
              classNames={{ root: classes['choice'] ?? '', labelWrapper: classes['choiceLabel'] ?? '' }}
            />
          )}
        </ChoiceList>
      )}
    </FilterChip>
  )
}

function ChoiceList(props: { label: string; choices: readonly Choice[]; children: (choice: Choice) => ReactNode }) {
  const { label, choices, children } = props
  const [text, setText] = useState('')
  const wanted = text.trim().toLocaleLowerCase()
  const found = choices.filter((choice) => choice.label.toLocaleLowerCase().includes(wanted))
  const hint = useId()
  return (
    <div onKeyDown={moveByArrow}>
      {choices.length > manyChoices && (
        <TextInput
          data-autofocus
          aria-label={`Search: ${label}`}
          placeholder="Type to narrow"
          aria-describedby={hint}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          mb={6}
        />
      )}
      <div role="group" aria-label={label} className={classes['choices']}>
        {found.slice(0, mostShown).map(children)}
      </div>
      <p id={hint} className={classes['hint']} aria-live="polite">
        {hintOf(choices.length, found.length)}
      </p>
    </div>
  )
}

function hintOf(all: number, found: number): string {
  if (all === 0) return 'There is nothing to choose yet.'
  if (found === 0) return 'Nothing has this in its name.'
  return found > mostShown ? `The first ${mostShown} of ${found}; type to narrow.` : ''
}

function ChoiceLabel({ choice }: { choice: Choice }) {
  return (
    <>
      {choice.mark}
      <bdi className="pm-clip" title={choice.label.slice(0, 300)}>
        {choice.label.slice(0, 300)}
      </bdi>
      {choice.count !== undefined && <span className={classes['count']}>{choice.count.toLocaleString()}</span>}
    </>
  )
}

/** Arrows move between the search field and the choices, as in any list; Space and Enter choose. */
function moveByArrow(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  const target = event.target as HTMLInputElement
  if (event.key === 'Enter' && (target.type === 'checkbox' || target.type === 'radio')) target.click()
  if (step === 0) return
  const fields = [...event.currentTarget.querySelectorAll('input')]
  fields[(fields.indexOf(target) + step + fields.length) % fields.length]?.focus()
  event.preventDefault()
}

/** What a link from elsewhere has chosen is listed too, else nobody could take it away. */
function withStrangers(choices: readonly Choice[], values: readonly string[]): readonly Choice[] {
  const strangers = values.filter((value) => !choices.some((choice) => choice.value === value))
  return [...choices, ...strangers.map((value) => ({ value, label: value }))]
}

function chosenInWords(choices: readonly Choice[], values: readonly string[]): string | null {
  const labels = values.map((value) => choices.find((choice) => choice.value === value)?.label ?? value)
  const [first, second] = labels.map((label) => (label.length > 28 ? `${label.slice(0, 27)}…` : label))
  if (first === undefined) return null
  if (second === undefined) return first
  return labels.length === 2 ? `${first}, ${second}` : `${first} and ${labels.length - 1} more`
}
