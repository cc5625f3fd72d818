import { Button, Group, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useBrands } from '../../../app/organization.ts'
import { useOrganizationId } from '../../../app/places.ts'
import { useQueries } from '../../../client/context.tsx'
import { Conflict } from '../../../components/conflict.tsx'
import { useWhyNot } from '../../../run-now/why-not.ts'
import { changedFields, withMine } from '../../notifications/settling.ts'
import own from '../sources.module.css'
import {
  isWhole,
  type Mapping,
  type MappingValues,
  mappingFieldInWords,
  mappingLabels,
  valuesOf,
} from './mapping-values.ts'
import { useSaveMapping } from './use-mappings.ts'

export interface MappingFormProps {
  /** As it was when the edit began; null makes a new one. */
  readonly mapping: Mapping | null
  /** What a new one begins with. */
  readonly begin: MappingValues
  readonly onClose: () => void
}

/** One mapping: names → dataset of a brand, with what it would decide. A conflict shows both versions. */
export function MappingForm({ mapping, begin, onClose }: MappingFormProps) {
  const [base, setBase] = useState(mapping)
  const [values, setValues] = useState<MappingValues>(mapping === null ? begin : valuesOf(mapping))
  const [theirs, setTheirs] = useState<Mapping | null>(null)
  const [isGone, setIsGone] = useState(false)
  const { save, isPending, failure, settle } = useSaveMapping()
  const whyNot = useWhyNot()
  const submit = (from: Mapping | null, next: MappingValues): void =>
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
  const settled = (saved: Mapping, next: MappingValues): void => {
    setBase(saved)
    setValues(next)
    setTheirs(null)
  }
  const isReady = isWhole(values) && theirs === null
  return (
    <form
      className={own['form']}
      aria-label={mapping === null ? 'New mapping' : `Mapping of ${mapping.name.slice(0, 100)}`}
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady) submit(base, values)
      }}
    >
      <MappingFields values={values} onChange={(part) => setValues((before) => ({ ...before, ...part }))} />
      <Preview mappingId={base?.id ?? null} namespace={values.namespace} name={values.name} />
      {isGone && <p role="alert">Somebody has removed this mapping meanwhile. Saving adds it again.</p>}
      {failure !== null && (
        <p role="alert">
          {failure.message} {failure.fix}
        </p>
      )}
      {theirs !== null && base !== null && (
        <MappingConflict
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
        <Button type="submit" loading={isPending} disabled={whyNot !== null || !isReady} title={whyNot ?? undefined}>
          {base === null ? 'Add the mapping' : 'Save the mapping'}
        </Button>
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
      </Group>
    </form>
  )
}

interface FieldsProps {
  readonly values: MappingValues
  readonly onChange: (part: Partial<MappingValues>) => void
}

function MappingFields({ values, onChange }: FieldsProps) {
  const { data } = useQuery(useQueries().catalog.get.queryOptions())
  const brands = useBrands()
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => first.current?.focus(), [])
  const datasets = (data?.datasets ?? []).map(({ key, label }) => ({ value: key, label }))
  const isForeign = values.dataset !== '' && !datasets.some(({ value }) => value === values.dataset)
  return (
    <div className={own['fields']}>
      <TextInput
        label="Name"
        description="As they write it; * stands for anything."
        ref={first}
        required
        maxLength={600}
        value={values.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      <TextInput
        label="Namespace"
        description="Such as postgres://db:5432; * for any."
        required
        maxLength={600}
        value={values.namespace}
        onChange={(event) => onChange({ namespace: event.currentTarget.value })}
      />
      <Select
        label="Brand"
        required
        searchable
        allowDeselect={false}
        data={brands.map(({ id, name }) => ({ value: id, label: name.slice(0, 200) || 'unnamed' }))}
        value={values.brandId === '' ? null : values.brandId}
        onChange={(brandId) => onChange({ brandId: brandId ?? '' })}
      />
      <Select
        label="Dataset"
        required
        searchable
        allowDeselect={false}
        data={isForeign ? [...datasets, { value: values.dataset, label: values.dataset }] : datasets}
        value={values.dataset === '' ? null : values.dataset}
        nothingFoundMessage="No agent has a dataset of this name."
        onChange={(dataset) => onChange({ dataset: dataset ?? '' })}
      />
    </div>
  )
}

const pauseMs = 250

/** Which names it would decide, before it is saved. */
function Preview({ mappingId, namespace, name }: { mappingId: string | null; namespace: string; name: string }) {
  const organizationId = useOrganizationId()
  const [asked] = useDebouncedValue({ namespace, name }, pauseMs)
  const isAsked = asked.namespace !== '' && asked.name !== ''
  const { data } = useQuery(
    useQueries().sources.previewMapping.queryOptions({
      input: { organizationId, mappingId, ...asked },
      enabled: isAsked,
      placeholderData: keepPreviousData,
    }),
  )
  if (!isAsked || data === undefined) return <p role="status">Write a name to see what it would decide.</p>
  return (
    <div>
      <p role="status">{previewInWords(data)}</p>
      {data.names.length > 0 && (
        <ul className={own['names']}>
          {data.names.slice(0, 5).map((one) => (
            <li key={`${one.namespace}\n${one.name}`}>
              <bdi>{one.name.slice(0, 200)}</bdi> <bdi className="pm-dim">{one.namespace.slice(0, 200)}</bdi>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** "Fits 12 of the names seen of late, and decides 10 of them." */
export function previewInWords({ fitting, decided }: { readonly fitting: number; readonly decided: number }): string {
  if (fitting === 0) return 'Fits none of the names seen of late; it waits for the first.'
  const names = `${fitting.toLocaleString('en')} ${fitting === 1 ? 'name' : 'names'} seen of late`
  if (decided === fitting) return `Decides ${names}.`
  return `Fits ${names}, and decides ${decided.toLocaleString('en')}: for the others a more specific one counts.`
}

interface ConflictProps {
  readonly base: Mapping
  readonly theirs: Mapping
  readonly mine: MappingValues
  readonly onTakeTheirs: () => void
  readonly onKeepMine: () => void
}

function MappingConflict({ base, theirs, mine, onTakeTheirs, onKeepMine }: ConflictProps) {
  const brands = useBrands()
  const [before, saved] = [valuesOf(base), valuesOf(theirs)]
  const [byThem, byMe] = [changedFields(before, saved), changedFields(before, mine)]
  return (
    <Conflict
      title={`${(theirs.changedBy ?? 'Somebody').slice(0, 100)} saved this mapping first.`}
      rows={[...new Set([...byThem, ...byMe])].map((field) => ({
        label: mappingLabels[field],
        theirs: byThem.includes(field) ? mappingFieldInWords(saved, field, brands) : null,
        mine: byMe.includes(field) ? mappingFieldInWords(mine, field, brands) : null,
      }))}
      onTakeTheirs={onTakeTheirs}
      onKeepMine={onKeepMine}
    />
  )
}
