import { Button, Group, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { debounceSeconds as debounceBounds } from '../../../../shared/dataset-triggers.ts'
import { useBrands } from '../../../app/organization.ts'
import { useBrandId, useOrganizationId } from '../../../app/places.ts'
import { useReturnFocus } from '../../../app/return-focus.ts'
import { useQueries } from '../../../client/context.tsx'
import forms from '../../../components/edit-form.module.css'
import { useWhyNot } from '../../../run-now/why-not.ts'
import { debounceChoices } from './debounce.ts'
import classes from './triggers.module.css'
import { useCreateTrigger } from './use-triggers.ts'

/** `job:<id>` or `type:<job type>`. */
type Target = `job:${string}` | `type:${string}`

interface Values {
  readonly brandId: string | null
  readonly dataset: string | null
  readonly target: Target | null
  readonly debounceSeconds: number
}

/** A trigger that is not there yet: of which brand, when what is refreshed, run what. */
export function TriggerForm({ onClose }: { onClose: () => void }) {
  useReturnFocus()
  const brands = useBrands()
  const [narrowed] = useBrandId()
  const [values, setValues] = useState<Values>({
    brandId: narrowed ?? (brands.length === 1 ? (brands[0]?.id ?? null) : null),
    dataset: null,
    target: null,
    debounceSeconds: debounceBounds.usual,
  })
  const { create, isPending, failure } = useCreateTrigger(onClose)
  const whyNot = useWhyNot()
  const isWhole = values.brandId !== null && values.dataset !== null && values.target !== null
  return (
    <form
      className={forms['form']}
      aria-label="New trigger"
      onSubmit={(event) => {
        event.preventDefault()
        const { brandId, dataset, target, debounceSeconds } = values
        if (brandId === null || dataset === null || target === null) return
        create({ brandId, dataset, ...targetOf(target), debounceSeconds })
      }}
    >
      <TriggerFields values={values} onChange={(part) => setValues((before) => ({ ...before, ...part }))} />
      {failure !== null && (
        <p role="alert">
          {failure.message} {failure.fix}
        </p>
      )}
      <Group gap="xs">
        <Button type="submit" loading={isPending} disabled={whyNot !== null || !isWhole} title={whyNot ?? undefined}>
          Add the trigger
        </Button>
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
      </Group>
    </form>
  )
}

function targetOf(target: Target): { jobId: string | null; jobType: string | null } {
  const name = target.slice(target.indexOf(':') + 1)
  return target.startsWith('job:') ? { jobId: name, jobType: null } : { jobId: null, jobType: name }
}

function TriggerFields({ values, onChange }: { values: Values; onChange: (part: Partial<Values>) => void }) {
  const brands = useBrands()
  const datasets = useDatasetChoices(values.brandId)
  const targets = useTargetChoices(values.brandId)
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => first.current?.focus(), [])
  return (
    <div className={classes['fields']}>
      <Select
        label="Brand"
        required
        ref={first}
        openOnFocus={false}
        searchable
        allowDeselect={false}
        className={classes['field'] ?? ''}
        data={brands.map(({ id, name }) => ({ value: id, label: name }))}
        value={values.brandId}
        onChange={(brandId) => onChange({ brandId, dataset: null, target: null })}
      />
      <Select
        label="When this dataset is refreshed"
        required
        searchable
        allowDeselect={false}
        className={classes['field'] ?? ''}
        data={datasets}
        value={values.dataset}
        disabled={values.brandId === null}
        nothingFoundMessage="The brand has no dataset of this name."
        onChange={(dataset) => onChange({ dataset })}
      />
      <Select
        label="Run"
        required
        searchable
        allowDeselect={false}
        className={classes['field'] ?? ''}
        data={targets}
        value={values.target}
        disabled={values.brandId === null}
        nothingFoundMessage="Neither a job of the brand nor a job type has this name."
        onChange={(target) => onChange({ target: isTarget(target) ? target : null })}
      />
      <Select
        label="Wait for more refreshes"
        description="Several that come while it waits start one run."
        allowDeselect={false}
        className={classes['field'] ?? ''}
        data={debounceChoices(values.debounceSeconds)}
        value={String(values.debounceSeconds)}
        onChange={(seconds) => onChange({ debounceSeconds: Number(seconds ?? debounceBounds.usual) })}
      />
    </div>
  )
}

function isTarget(text: string | null): text is Target {
  return text !== null && (text.startsWith('job:') || text.startsWith('type:'))
}

/** What the brand has, and what it could have. */
function useDatasetChoices(brandId: string | null): string[] {
  const queries = useQueries()
  const { data: catalog } = useQuery(queries.catalog.get.queryOptions())
  const { data: brand } = useQuery(
    queries.freshness.brand.queryOptions({ input: { brandId: brandId ?? '' }, enabled: brandId !== null }),
  )
  const keys = [
    ...(brand?.datasets ?? []).map(({ dataset }) => dataset),
    ...(catalog?.datasets ?? []).map(({ key }) => key),
  ]
  return [...new Set(keys)].toSorted()
}

function useTargetChoices(brandId: string | null) {
  const queries = useQueries()
  const organizationId = useOrganizationId()
  const { data: catalog } = useQuery(queries.catalog.get.queryOptions())
  const { data: jobs } = useQuery(
    queries.jobs.list.queryOptions({
      input: { organizationId, brandId, scheduleType: 'recurring', order: 'name', limit: 500 },
      enabled: brandId !== null,
    }),
  )
  return [
    {
      group: 'Jobs',
      items: (jobs?.jobs ?? []).map(({ id, name }) => ({ value: `job:${id}`, label: name.slice(0, 200) })),
    },
    {
      group: 'Job types with their usual parameters',
      items: (catalog?.jobTypes ?? []).map(({ key }) => ({ value: `type:${key}`, label: key })),
    },
  ]
}
