import { Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useBrands } from '../../../app/organization.ts'
import { useOrganizationId } from '../../../app/places.ts'
import { useQueries } from '../../../client/context.tsx'
import { counted, countText } from '../../../components/counts.ts'
import { EditForm } from '../../../components/edit-form.tsx'
import { useEdit } from '../../../components/use-edit.ts'
import own from '../sources.module.css'
import {
  datasetChoices,
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
  const brands = useBrands()
  const saver = useSaveMapping()
  const edit = useEdit({ thing: mapping, begin, valuesOf, saver, onSaved: onClose })
  const { base, values, change } = edit
  return (
    <EditForm
      edit={edit}
      what="mapping"
      label={mapping === null ? 'New mapping' : `Mapping of ${mapping.name.slice(0, 100)}`}
      isReady={isWhole(values)}
      ifGone="Saving adds it again."
      savedBy={({ changedBy }) => changedBy}
      labels={mappingLabels}
      fieldInWords={(of, field) => mappingFieldInWords(of, field, brands)}
      onClose={onClose}
    >
      <MappingFields values={values} onChange={change} />
      <Preview mappingId={base?.id ?? null} namespace={values.namespace} name={values.name} />
    </EditForm>
  )
}

interface FieldsProps {
  readonly values: MappingValues
  readonly onChange: (part: Partial<MappingValues>) => void
}

function MappingFields({ values, onChange }: FieldsProps) {
  const brands = useBrands()
  const datasets = useDatasetChoices(values)
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => first.current?.focus(), [])
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
        data={datasets}
        value={values.dataset === '' ? null : values.dataset}
        nothingFoundMessage="Neither an agent nor the brand has a dataset of this name."
        onChange={(dataset) => onChange({ dataset: dataset ?? '' })}
      />
    </div>
  )
}

/** What agents know, and what the brand has besides because another program tells of it. */
function useDatasetChoices({ brandId, dataset }: MappingValues) {
  const queries = useQueries()
  const { data: catalog } = useQuery(queries.catalog.get.queryOptions())
  const { data: brand } = useQuery(
    queries.freshness.brand.queryOptions({ input: { brandId }, enabled: brandId !== '' }),
  )
  const ofBrand = (brand?.datasets ?? []).map((one) => one.dataset)
  return datasetChoices(catalog?.datasets ?? [], ofBrand, dataset)
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
  const names = `${counted(fitting, 'name')} seen of late`
  if (decided === fitting) return `Decides ${names}.`
  return `Fits ${names}, and decides ${countText(decided)}: for the others a more specific one counts.`
}
