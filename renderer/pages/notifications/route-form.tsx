import { Button, Checkbox, Group, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { incidentKinds } from '../../../shared/incidents.ts'
import { useBrands } from '../../app/organization.ts'
import { useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { Conflict } from '../../components/conflict.tsx'
import { ChoicesFilter } from '../../components/filters-bar.tsx'
import { kindInWords } from '../../incidents/incident-words.ts'
import { useWhyNot } from '../../run-now/why-not.ts'
import own from './notifications.module.css'
import {
  brandsInWords,
  kindsInWords,
  newRoute,
  type Route,
  type RouteValues,
  routeFieldInWords,
  routeLabels,
  valuesOf,
} from './route-values.ts'
import { changedFields, withMine } from './settling.ts'
import { useSaveRoute } from './use-routes.ts'

export interface RouteFormProps {
  /** As it was when the edit began; null makes a new one. */
  readonly route: Route | null
  readonly onClose: () => void
}

/** One route: channel × kinds × brands × also when it is over. A conflict shows both versions; a route that is gone can be made anew. */
export function RouteForm({ route, onClose }: RouteFormProps) {
  const [base, setBase] = useState(route)
  const [values, setValues] = useState<RouteValues>(route === null ? newRoute : valuesOf(route))
  const [theirs, setTheirs] = useState<Route | null>(null)
  const [isGone, setIsGone] = useState(false)
  const { save, isPending, failure, settle } = useSaveRoute()
  const whyNot = useWhyNot()
  const change = (part: Partial<RouteValues>): void => setValues((before) => ({ ...before, ...part }))
  const submit = (from: Route | null, next: RouteValues): void =>
    save({
      base: from,
      values: next,
      onSaved: onClose,
      onConflict: (saved) => {
        settle()
        setTheirs(saved)
        setIsGone(saved === null)
        if (saved === null) setBase(null)
      },
    })
  const settled = (saved: Route, next: RouteValues): void => {
    setBase(saved)
    setValues(next)
    setTheirs(null)
  }
  return (
    <form
      className={own['form']}
      aria-label={route === null ? 'New route' : `Route to ${route.channel}`}
      onSubmit={(event) => {
        event.preventDefault()
        if (values.channel !== '' && theirs === null) submit(base, values)
      }}
    >
      <RouteFields values={values} onChange={change} />
      {isGone && <p role="alert">Somebody has removed this route meanwhile. Saving adds it again.</p>}
      {failure !== null && (
        <p role="alert">
          {failure.message} {failure.fix}
        </p>
      )}
      {theirs !== null && base !== null && (
        <RouteConflict
          base={base}
          theirs={theirs}
          mine={values}
          onTakeTheirs={() => settled(theirs, valuesOf(theirs))}
          onKeepMine={() => {
            const next = withMine(valuesOf(base), values, valuesOf(theirs))
            settled(theirs, next)
            submit(theirs, next)
          }}
        />
      )}
      <Group gap="xs">
        <Button
          type="submit"
          loading={isPending}
          disabled={whyNot !== null || values.channel === '' || theirs !== null}
          title={whyNot ?? undefined}
        >
          {base === null ? 'Add the route' : 'Save the route'}
        </Button>
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
      </Group>
    </form>
  )
}

function RouteFields({ values, onChange }: { values: RouteValues; onChange: (part: Partial<RouteValues>) => void }) {
  const organizationId = useOrganizationId()
  const { data } = useQuery(useQueries().notifications.channels.queryOptions({ input: { organizationId } }))
  const brands = useBrands()
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
      </Group>
      <p role="status">
        Tells {kindsInWords(values)} of <bdi>{brandsInWords(values, brands)}</bdi>.
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

interface RouteConflictProps {
  readonly base: Route
  readonly theirs: Route
  readonly mine: RouteValues
  readonly onTakeTheirs: () => void
  readonly onKeepMine: () => void
}

function RouteConflict({ base, theirs, mine, onTakeTheirs, onKeepMine }: RouteConflictProps) {
  const brands = useBrands()
  const [before, saved] = [valuesOf(base), valuesOf(theirs)]
  const [byThem, byMe] = [changedFields(before, saved), changedFields(before, mine)]
  return (
    <Conflict
      title={`${theirs.changedBy.slice(0, 100)} saved this route first.`}
      rows={[...new Set([...byThem, ...byMe])].map((field) => ({
        label: routeLabels[field],
        theirs: byThem.includes(field) ? routeFieldInWords(saved, field, brands) : null,
        mine: byMe.includes(field) ? routeFieldInWords(mine, field, brands) : null,
      }))}
      onTakeTheirs={onTakeTheirs}
      onKeepMine={onKeepMine}
    />
  )
}
