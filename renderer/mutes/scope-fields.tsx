import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { incidentKinds } from '../../shared/incidents.ts'
import { useBrands } from '../app/organization.ts'
import { useQueries } from '../client/context.tsx'
import { kindInWords } from '../incidents/incident-words.ts'
import classes from './mute-form.module.css'
import type { MuteScope } from './mute-scope.ts'

export interface ScopeFieldsProps {
  readonly scope: MuteScope
  readonly onChange: (scope: MuteScope) => void
}

/** Which incidents: an empty field means any. */
export function ScopeFields({ scope, onChange }: ScopeFieldsProps) {
  const { data } = useQuery(useQueries().catalog.get.queryOptions())
  const brands = useBrands().map(({ id, name }) => ({ value: id, label: name.slice(0, 200) || 'unnamed' }))
  const datasets = (data?.datasets ?? []).map(({ key, label }) => ({ value: key, label }))
  const jobTypes = (data?.jobTypes ?? []).map(({ key, label }) => ({ value: key, label }))
  const kinds = incidentKinds.map((kind) => ({ value: kind, label: kindInWords(kind) }))
  return (
    <div className={classes['pair']}>
      <Any
        label="Kind"
        any="Any kind"
        choices={kinds}
        value={scope.kind}
        onChange={(kind) => onChange({ ...scope, kind })}
      />
      <Any
        label="Brand"
        any="Any brand"
        choices={brands}
        value={scope.brandId}
        onChange={(brandId) => onChange({ ...scope, brandId })}
      />
      <Any
        label="Dataset"
        any="Any dataset"
        choices={datasets}
        value={scope.dataset}
        onChange={(dataset) => onChange({ ...scope, dataset })}
      />
      <Any
        label="Job type"
        any="Any job type"
        choices={jobTypes}
        value={scope.jobType}
        onChange={(jobType) => onChange({ ...scope, jobType })}
      />
    </div>
  )
}

interface AnyProps<Value extends string> {
  readonly label: string
  readonly any: string
  readonly choices: readonly { readonly value: Value; readonly label: string }[]
  readonly value: Value | null
  readonly onChange: (value: Value | null) => void
}

/** At most so many are drawn at once; typing narrows them. */
const mostShown = 100
const anyValue = '*'

/** One of the choices, or any. What the catalog does not know any more is a choice as long as it is chosen. */
export function Any<Value extends string>({ label, any, choices, value, onChange }: AnyProps<Value>) {
  const stranger = value !== null && choices.every((choice) => choice.value !== value)
  return (
    <Select
      label={label}
      searchable
      selectFirstOptionOnChange
      allowDeselect={false}
      limit={mostShown}
      data={[{ value: anyValue, label: any }, ...(stranger ? [{ value, label: value }] : []), ...choices]}
      value={value ?? anyValue}
      nothingFoundMessage="Nothing has this in its name."
      onChange={(next) => {
        if (next !== null) onChange(next === anyValue ? null : next)
      }}
    />
  )
}
