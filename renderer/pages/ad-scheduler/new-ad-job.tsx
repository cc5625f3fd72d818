import { Button, Group, SegmentedControl, Select, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { JsonObject } from '../../../shared/domain.ts'
import { isJsonObject } from '../../../shared/json.ts'
import { useBrands } from '../../app/organization.ts'
import { useBrandId, useOrganizationId } from '../../app/places.ts'
import { useReturnFocus } from '../../app/return-focus.ts'
import { useQueries, useSession } from '../../client/context.tsx'
import { useIntents } from '../../client/intents.ts'
import { commandFailureOf } from '../../client/queries.ts'
import { CadenceBuilder } from '../../components/cadence-builder.tsx'
import { notifyDone } from '../../components/notify.ts'
import { useShownZone } from '../../components/time.tsx'
import { isoOfWall } from '../../components/time-range.ts'
import { faultOf, fieldsOf } from '../../run-now/parameter-fields.ts'
import { ParameterForm } from '../../run-now/parameter-form.tsx'
import { useJobType } from '../../run-now/use-job-type.ts'
import { adCreation, isProductId } from './ad-job-filters.ts'
import own from './ad-scheduler.module.css'

type When = 'now' | 'at' | 'again'
const productParameter = 'product_id'

interface Values {
  readonly brandId: string | null
  readonly productId: string
  readonly name: string
  readonly parameters: JsonObject
  readonly when: When
  /** As `<input type="datetime-local">` has it, in the zone that is shown everywhere. */
  readonly wall: string
  readonly cadence: { readonly cron: string; readonly timeZone: string }
}

interface PartProps {
  readonly values: Values
  readonly onChange: (change: Partial<Values>) => void
}

/** A run or a schedule of ad_creation for one product of one brand. */
export function NewAdJob({ products, onDone }: { products: readonly string[]; onDone: () => void }) {
  useReturnFocus()
  const { defaultTimeZone } = useSession()
  const { zone } = useShownZone()
  const [chosen] = useBrandId()
  const [values, setValues] = useState<Values>({
    brandId: chosen,
    productId: '',
    name: '',
    parameters: {},
    when: 'now',
    wall: '',
    cadence: { cron: '0 6 * * *', timeZone: defaultTimeZone },
  })
  const change = (part: Partial<Values>): void => setValues((before) => ({ ...before, ...part }))
  const schema = useJobType(adCreation)?.parameters ?? {}
  const wanted = wantedOf(values, schema, zone)
  const save = useSave(onDone)
  return (
    <form
      className={own['form']}
      aria-label="New ad creation"
      onSubmit={(event) => {
        event.preventDefault()
        if (wanted !== null) save.start(wanted)
      }}
    >
      <Stack gap="sm">
        <WhatFields values={values} onChange={change} products={products} />
        <ParameterForm
          schema={withoutProduct(schema)}
          value={values.parameters}
          onChange={(parameters) => change({ parameters })}
        />
        <WhenFields values={values} onChange={change} zone={zone} />
        {save.failure !== null && (
          <p role="alert" className={own['failure']}>
            {save.failure.message} {save.failure.fix}
          </p>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending} disabled={wanted === null}>
            {values.when === 'again' ? 'Schedule' : 'Queue'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** For whom and for what. */
function WhatFields({ values, onChange, products }: PartProps & { products: readonly string[] }) {
  const brands = useBrands()
  return (
    <div className={own['pair']}>
      <Select
        label="Brand"
        data={brands.map(({ id, name }) => ({ value: id, label: name }))}
        value={values.brandId}
        onChange={(brandId) => onChange({ brandId })}
        searchable
      />
      <TextInput
        label="Product"
        description="Its id in the program that has the products; empty = none."
        placeholder="00000000-0000-0000-0000-000000000000"
        list="ad-products"
        value={values.productId}
        error={isKnown(values.productId) ? null : 'This is no id of a product.'}
        onChange={(event) => onChange({ productId: event.currentTarget.value })}
      />
      <datalist id="ad-products">
        {products.map((id) => (
          <option key={id} value={id} />
        ))}
      </datalist>
      <TextInput
        label="Name"
        placeholder={adCreation}
        value={values.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
    </div>
  )
}

function isKnown(productId: string): boolean {
  return productId.trim() === '' || isProductId(productId.trim())
}

function WhenFields({ values, onChange, zone }: PartProps & { zone: string }) {
  const { when, wall, cadence } = values
  return (
    <>
      <SegmentedControl
        aria-label="When"
        value={when}
        onChange={(next) => onChange({ when: next === 'at' || next === 'again' ? next : 'now' })}
        data={[
          { value: 'now', label: 'Once, now' },
          { value: 'at', label: 'Once, later' },
          { value: 'again', label: 'Again and again' },
        ]}
      />
      {when === 'at' && (
        <TextInput
          type="datetime-local"
          label={`At (${zone})`}
          value={wall}
          onChange={(event) => onChange({ wall: event.currentTarget.value })}
        />
      )}
      {when === 'again' && (
        <CadenceBuilder {...cadence} onChange={(part) => onChange({ cadence: { ...cadence, ...part } })} />
      )}
    </>
  )
}

/** What the form asks for; null while something is missing or wrong. */
function wantedOf(values: Values, schema: JsonObject, zone: string): Wanted | null {
  const { brandId, when, wall, cadence, parameters } = values
  const fields = fieldsOf(withoutProduct(schema))
  if (fields.some((field) => faultOf(field, parameters[field.name] ?? field.usual) !== null)) return null
  if (brandId === null || !isKnown(values.productId)) return null
  const product = values.productId.trim()
  const given = takesProduct(schema) && product !== '' ? { ...parameters, [productParameter]: product } : parameters
  const work = { brandId, productId: product === '' ? null : product, parameters: given, name: values.name.trim() }
  if (when === 'again') return { ...work, cadence }
  const at = when === 'at' ? isoOfWall(wall, zone) : null
  return when === 'at' && at === null ? null : { ...work, at }
}

interface Work {
  readonly brandId: string
  readonly productId: string | null
  readonly parameters: JsonObject
  /** Empty = the job type. */
  readonly name: string
}
/** `at` null = now. */
type Wanted = Work & ({ readonly at: string | null } | { readonly cadence: { cron: string; timeZone: string } })

function useSave(onDone: () => void) {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const cache = useQueryClient()
  const intents = useIntents()
  const common = {
    onSuccess: ({ message }: { message: string }) => {
      notifyDone(message)
      onDone()
    },
    onSettled: () => cache.invalidateQueries({ queryKey: queries.jobs.key() }),
  }
  const queue = useMutation(queries.jobs.queue.mutationOptions(common))
  const schedule = useMutation(queries.schedules.create.mutationOptions(common))
  const error = queue.error ?? schedule.error
  return {
    isPending: queue.isPending || schedule.isPending,
    failure: error === null ? null : commandFailureOf(error),
    start: (wanted: Wanted): void => {
      const { brandId, productId, parameters, name } = wanted
      const title = name === '' ? {} : { name }
      const work = { organizationId, brandId, productId, jobType: adCreation, parameters, ...title }
      intents.send(wanted, (requestId) => {
        queue.reset()
        schedule.reset()
        if ('cadence' in wanted) return schedule.mutateAsync({ ...work, ...wanted.cadence, requestId })
        return queue.mutateAsync({ ...work, ...(wanted.at === null ? {} : { at: wanted.at }), requestId })
      })
    },
  }
}

function propertiesOf({ properties }: JsonObject): JsonObject {
  return isJsonObject(properties) ? properties : {}
}

function takesProduct(schema: JsonObject): boolean {
  return Object.hasOwn(propertiesOf(schema), productParameter)
}

/** The product has a field of its own. */
function withoutProduct(schema: JsonObject): JsonObject {
  const { [productParameter]: _product, ...properties } = propertiesOf(schema)
  return { ...schema, properties }
}
