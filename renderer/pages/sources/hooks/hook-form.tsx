import { Button, Group, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { HookView } from '../../../../shared/contract/hooks.ts'
import type { HookStyle } from '../../../../shared/hook-mapping.ts'
import { useBrands } from '../../../app/organization.ts'
import { useBrandId } from '../../../app/places.ts'
import { useReturnFocus } from '../../../app/return-focus.ts'
import { useQueries } from '../../../client/context.tsx'
import forms from '../../../components/edit-form.module.css'
import { useWhyNot } from '../../../run-now/why-not.ts'
import { MappingFields } from './mapping-fields.tsx'
import {
  type MappingValues,
  mappingFault,
  mappingOfValues,
  mappingValue,
  shownParameters,
  valuesOfMapping,
} from './mapping-values.ts'
import { type ShownSecret, useChangeHook, useCreateHook } from './use-hooks.ts'

interface Values {
  readonly brandId: string | null
  readonly name: string
  readonly style: HookStyle
  readonly jobType: string | null
  readonly mapping: MappingValues
}

export interface HookFormProps {
  /** Null makes a new one. */
  readonly hook: HookView | null
  readonly onMade: (shown: ShownSecret) => void
  readonly onClose: () => void
}

/** What a hook does with a message: which job of which brand, with which parameters. */
export function HookForm({ hook, onMade, onClose }: HookFormProps) {
  useReturnFocus()
  const [values, setValues] = useState(useStart(hook))
  const { create, isPending: isCreating, failure } = useCreateHook(onMade)
  const { change, isPending: isChanging } = useChangeHook(onClose)
  const whyNot = useWhyNot()
  const parameters = shownParameters(useParameters(values.jobType), values.mapping)
  const isWrong = parameters.some((name) => mappingFault(mappingValue(values.mapping, name)) !== null)
  const isWhole = values.brandId !== null && values.jobType !== null && values.name.trim() !== '' && !isWrong
  return (
    <form
      className={forms['form']}
      aria-label={hook === null ? 'New hook' : `Hook ${hook.name}`}
      onSubmit={(event) => {
        event.preventDefault()
        const { brandId, jobType, name, style } = values
        if (brandId === null || jobType === null || !isWhole) return
        const contents = { name: name.trim(), style, jobType, mapping: mappingOfValues(values.mapping, parameters) }
        if (hook === null) create({ brandId, ...contents })
        else change(hook, contents)
      }}
    >
      <HookFields
        values={values}
        isNew={hook === null}
        onChange={(part) => setValues((before) => ({ ...before, ...part }))}
      />
      <MappingFields
        parameters={parameters}
        values={values.mapping}
        onChange={(mapping) => setValues((before) => ({ ...before, mapping }))}
      />
      {failure !== null && (
        <p role="alert">
          {failure.message} {failure.fix}
        </p>
      )}
      <Group gap="xs">
        <Button
          type="submit"
          loading={isCreating || isChanging}
          disabled={whyNot !== null || !isWhole}
          title={whyNot ?? undefined}
        >
          {hook === null ? 'Make the hook' : 'Save the hook'}
        </Button>
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
      </Group>
    </form>
  )
}

function useStart(hook: HookView | null): Values {
  const brands = useBrands()
  const [narrowed] = useBrandId()
  if (hook !== null) {
    const { brand, name, style, jobType, mapping } = hook
    return { brandId: brand.id, name, style, jobType, mapping: valuesOfMapping(mapping) }
  }
  const brandId = narrowed ?? (brands.length === 1 ? (brands[0]?.id ?? null) : null)
  return { brandId, name: '', style: 'standard', jobType: null, mapping: {} }
}

interface HookFieldsProps {
  readonly values: Values
  readonly isNew: boolean
  readonly onChange: (part: Partial<Values>) => void
}

function HookFields({ values, isNew, onChange }: HookFieldsProps) {
  const brands = useBrands()
  const { data: catalog } = useQuery(useQueries().catalog.get.queryOptions())
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => first.current?.focus(), [])
  return (
    <Group gap="sm" align="start">
      <TextInput
        label="Name"
        required
        ref={first}
        maxLength={200}
        value={values.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      <Select
        label="Brand"
        required
        searchable
        allowDeselect={false}
        disabled={!isNew}
        data={brands.map(({ id, name }) => ({ value: id, label: name }))}
        value={values.brandId}
        onChange={(brandId) => onChange({ brandId })}
      />
      <Select
        label="Job type"
        required
        searchable
        allowDeselect={false}
        data={(catalog?.jobTypes ?? []).map(({ key }) => key)}
        value={values.jobType}
        onChange={(jobType) => onChange({ jobType, mapping: {} })}
      />
      <Select
        label="Signed as"
        allowDeselect={false}
        data={[
          { value: 'standard', label: 'Standard Webhooks' },
          { value: 'github', label: 'GitHub does' },
        ]}
        value={values.style}
        onChange={(style) => onChange({ style: style === 'github' ? 'github' : 'standard' })}
      />
    </Group>
  )
}

/** Names, in the order of the schema. */
function useParameters(jobType: string | null): string[] {
  const { data } = useQuery(useQueries().catalog.get.queryOptions())
  const properties = data?.jobTypes.find(({ key }) => key === jobType)?.parameters['properties']
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : []
}
