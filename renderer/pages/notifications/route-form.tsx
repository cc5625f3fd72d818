import { Autocomplete, Checkbox, Group, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { groupsInOrder } from '../../../shared/brand-groups.ts'
import { incidentKinds } from '../../../shared/incidents.ts'
import { isReserved, whyNotGive } from '../../../shared/on-it.ts'
import { useBrands, useGroups } from '../../app/organization.ts'
import { useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { EditForm } from '../../components/edit-form.tsx'
import { ChoicesFilter } from '../../components/filters-bar.tsx'
import { useEdit } from '../../components/use-edit.ts'
import { kindInWords } from '../../incidents/incident-words.ts'
import { usePeople } from '../../incidents/use-people.ts'
import {
  againInWords,
  brandsInWords,
  hasLostItsBrands,
  kindsInWords,
  newRoute,
  type Route,
  type RouteValues,
  routeFieldInWords,
  routeLabels,
  valuesOf,
  whenInWords,
} from './route-values.ts'
import { useSaveRoute } from './use-routes.ts'

export interface RouteFormProps {
  /** As it was when the edit began; null makes a new one. */
  readonly route: Route | null
  readonly onClose: () => void
}

/** One route: channel × kinds × brands × also when it is over. A conflict shows both versions; a route that is gone can be made anew. */
export function RouteForm({ route, onClose }: RouteFormProps) {
  const brands = useBrands()
  const saver = useSaveRoute()
  const edit = useEdit({ thing: route, begin: newRoute, valuesOf, saver, onSaved: onClose })
  const { values, change } = edit
  const isLost = hasLostItsBrands(route, values, brands)
  return (
    <EditForm
      edit={edit}
      what="route"
      label={route === null ? 'New route' : `Route to ${route.channel}`}
      isReady={values.channel !== '' && !isLost && isPerson(values.person)}
      ifGone="Saving adds it again."
      savedBy={({ changedBy }) => changedBy}
      labels={routeLabels}
      fieldInWords={(of, field) => routeFieldInWords(of, field, brands)}
      onClose={onClose}
    >
      <RouteFields values={values} onChange={change} />
      {isLost && (
        <p role="status">
          The brands of this route are gone. Choose others, or switch it off; for every brand, add a new route.
        </p>
      )}
    </EditForm>
  )
}

interface RouteFieldsProps {
  readonly values: RouteValues
  readonly onChange: (part: Partial<RouteValues>) => void
}

function RouteFields({ values, onChange }: RouteFieldsProps) {
  const organizationId = useOrganizationId()
  const { data } = useQuery(useQueries().notifications.channels.queryOptions({ input: { organizationId } }))
  const brands = useBrands()
  // Also one that no brand carries any more, as long as the route has it; in one spelling each.
  const offered = groupsInOrder([...useGroups().map(({ name }) => name), ...values.groups])
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => first.current?.focus(), [])
  const channels = [...new Set([...(data?.channels ?? []).map(({ name }) => name), values.channel])].filter(Boolean)
  return (
    <>
      <Select
        label="Channel"
        required
        ref={first}
        openOnFocus={false}
        searchable
        selectFirstOptionOnChange
        // What opens by typing marks what is chosen, a moment later: nothing, so that Enter after fast typing took nothing.
        selectFirstOptionOnDropdownOpen
        allowDeselect={false}
        maw={320}
        data={channels}
        value={values.channel === '' ? null : values.channel}
        nothingFoundMessage="No agent has a channel of this name."
        onChange={(channel) => onChange({ channel: channel ?? '' })}
      />
      <Group gap="xs">
        <ChoicesFilter
          label="Kinds"
          choices={incidentKinds.map((kind) => ({ value: kind, label: kindInWords(kind) }))}
          values={values.kinds}
          onChange={(kinds) => onChange({ kinds: incidentKinds.filter((kind) => kinds.includes(kind)).toSorted() })}
        />
        <ChoicesFilter
          label="Brands"
          choices={brands.map(({ id, name }) => ({ value: id, label: name }))}
          values={values.brandIds}
          onChange={(brandIds) => onChange({ brandIds: brandIds.toSorted() })}
        />
        {offered.length > 0 && (
          <ChoicesFilter
            label="Groups"
            choices={offered.map((name) => ({ value: name, label: name }))}
            values={values.groups}
            onChange={(names) => onChange({ groups: groupsInOrder(names) })}
          />
        )}
      </Group>
      <WhenFields values={values} onChange={onChange} />
      <p role="status">
        Tells {kindsInWords(values)} of <bdi>{brandsInWords(values, brands)}</bdi>
        {values.person === null
          ? values.afterMinutes === null
            ? ''
            : ` ${whenInWords(values).toLowerCase()}`
          : ` that somebody gives to ${values.person.trim() === '' ? '…' : values.person}`}
        .
      </p>
      <Checkbox
        label="Also when it is over"
        checked={values.tellsResolved}
        onChange={(event) => onChange({ tellsResolved: event.currentTarget.checked })}
      />
      <Checkbox
        label="On"
        checked={values.enabled}
        onChange={(event) => onChange({ enabled: event.currentTarget.checked })}
      />
    </>
  )
}

/** At once, after a while and then again, or when it is given to somebody. */
function WhenFields({ values, onChange }: RouteFieldsProps) {
  return (
    <>
      <Select
        label={routeLabels.afterMinutes}
        description="What waits is told of what is still open and nobody is on. Chat at once and the pager after 20 min are two routes."
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        maw={420}
        allowDeselect={false}
        data={[
          ...offeredWaits(values.afterMinutes).map((minutes) => ({
            value: String(minutes ?? 0),
            label: whenInWords({ afterMinutes: minutes }),
          })),
          { value: given, label: whenInWords({ afterMinutes: null, person: '' }) },
        ]}
        value={values.person === null ? String(values.afterMinutes ?? 0) : given}
        onChange={(when) =>
          onChange(
            when === given
              ? { afterMinutes: null, repeatMinutes: null, person: values.person ?? '' }
              : when === '0'
                ? { afterMinutes: null, repeatMinutes: null, person: null }
                : { afterMinutes: Number(when), person: null },
          )
        }
      />
      {values.afterMinutes !== null && (
        <Select
          label={routeLabels.repeatMinutes}
          description="Told again at most 10 times; not once somebody is on it, or it is snoozed, muted or over."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          maw={420}
          allowDeselect={false}
          data={offeredWaits(values.repeatMinutes).map((minutes) => ({
            value: String(minutes ?? 0),
            label: againInWords({ repeatMinutes: minutes }),
          }))}
          value={String(values.repeatMinutes ?? 0)}
          onChange={(minutes) => onChange({ repeatMinutes: Number(minutes) === 0 ? null : Number(minutes) })}
        />
      )}
      {values.person !== null && <PersonField value={values.person} onChange={(person) => onChange({ person })} />}
    </>
  )
}

/** Of the choices of when: there is a person instead of a time. */
const given = 'given'

/** Whose channel it is: somebody who was here lately, or any name. */
function PersonField({ value, onChange }: { value: string; onChange: (person: string) => void }) {
  const whyNot = whyNotGive(value) ?? (isReserved(value) ? 'is whoever reads it: give the name' : null)
  return (
    <Autocomplete
      label={routeLabels.person}
      required
      description="Told when somebody else gives them an incident, and when it is over while it is theirs."
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      maw={320}
      maxLength={100}
      data={usePeople()}
      error={whyNot === null ? null : `This ${whyNot}.`}
      value={value}
      onChange={onChange}
    />
  )
}

/** Null is nobody in particular; `me` would be somebody else for everyone. */
function isPerson(person: string | null): boolean {
  return person === null || (person.trim() !== '' && !isReserved(person))
}

const usualWaits = [5, 10, 15, 20, 30, 60, 120, 240]

/** With what the route has, which other programs may have set to anything. */
function offeredWaits(minutesNow: number | null): (number | null)[] {
  const minutes = new Set([...usualWaits, ...(minutesNow === null ? [] : [minutesNow])])
  return [null, ...[...minutes].toSorted((one, other) => one - other)]
}
