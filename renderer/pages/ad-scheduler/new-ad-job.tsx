import { Button, Group, SegmentedControl, Select, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { JsonObject } from '../../../shared/domain.ts'
import { useBrands } from '../../app/organization.ts'
import { useBrandId, useOrganizationId } from '../../app/places.ts'
import { useQueries, useSession } from '../../client/context.tsx'
import { failureOf } from '../../client/queries.ts'
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

/** A run or a schedule of ad_creation for one product of one brand. */
export function NewAdJob({ products, onDone }: { products: readonly string[]; onDone: () => void }) {
  const { defaultTimeZone } = useSession()
  const { zone } = useShownZone()
  const brands = useBrands()
  const [chosen] = useBrandId()
  const [brandId, setBrandId] = useState(chosen)
  const [productId, setProductId] = useState('')
  const [name, setName] = useState('')
  const [when, setWhen] = useState<When>('now')
  const [wall, setWall] = useState('')
  const [cadence, setCadence] = useState({ cron: '0 6 * * *', timeZone: defaultTimeZone })
  const [parameters, setParameters] = useState<JsonObject>({})
  const schema = useJobType(adCreation)?.parameters ?? {}
  const shownSchema = withoutProduct(schema)
  const hasFault = fieldsOf(shownSchema).some((field) => faultOf(field, parameters[field.name] ?? field.usual) !== null)
  const at = when === 'at' ? isoOfWall(wall, zone) : null
  const product = productId.trim()
  const isKnown = product === '' || isProductId(product)
  const isPossible = brandId !== null && isKnown && !hasFault && (when !== 'at' || at !== null)
  const save = useSave(onDone)
  return (
    <form
      className={own['form']}
      aria-label="New ad creation"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isPossible) return
        const given =
          takesProduct(schema) && product !== '' ? { ...parameters, [productParameter]: product } : parameters
        const work = { brandId, productId: product === '' ? null : product, parameters: given, name: name.trim() }
        save.start(when === 'again' ? { ...work, cadence } : { ...work, at })
      }}
    >
      <Stack gap="sm">
        <div className={own['pair']}>
          <Select
            label="Brand"
            data={brands.map(({ id, name: title }) => ({ value: id, label: title }))}
            value={brandId}
            onChange={setBrandId}
            searchable
          />
          <TextInput
            label="Product"
            description="Its id in the program that has the products; empty = none."
            placeholder="00000000-0000-0000-0000-000000000000"
            list="ad-products"
            value={productId}
            error={isKnown ? null : 'This is no id of a product.'}
            onChange={(event) => setProductId(event.currentTarget.value)}
          />
          <datalist id="ad-products">
            {products.map((id) => (
              <option key={id} value={id} />
            ))}
          </datalist>
          <TextInput
            label="Name"
            placeholder={adCreation}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <ParameterForm schema={shownSchema} value={parameters} onChange={setParameters} />
        <SegmentedControl
          aria-label="When"
          value={when}
          onChange={(next) => setWhen(next === 'at' || next === 'again' ? next : 'now')}
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
            onChange={(event) => setWall(event.currentTarget.value)}
          />
        )}
        {when === 'again' && (
          <CadenceBuilder {...cadence} onChange={(change) => setCadence((before) => ({ ...before, ...change }))} />
        )}
        {save.failure !== null && (
          <p role="alert" className={own['failure']}>
            {save.failure.message} {save.failure.fix}
          </p>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending} disabled={!isPossible}>
            {when === 'again' ? 'Schedule' : 'Queue'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
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
  // One intent, one id: however often it is sent, it makes one job.
  const sent = useRef<{ readonly text: string; readonly requestId: string } | null>(null)
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
    failure: error === null ? null : failureOf(error),
    start: (wanted: Wanted): void => {
      const text = JSON.stringify(wanted)
      if (sent.current?.text !== text) sent.current = { text, requestId: crypto.randomUUID() }
      const { brandId, productId, parameters, name } = wanted
      const { requestId } = sent.current
      const title = name === '' ? {} : { name }
      const work = { organizationId, brandId, productId, jobType: adCreation, parameters, requestId, ...title }
      queue.reset()
      schedule.reset()
      if ('cadence' in wanted) schedule.mutate({ ...work, ...wanted.cadence })
      else queue.mutate({ ...work, ...(wanted.at === null ? {} : { at: wanted.at }) })
    },
  }
}

function propertiesOf({ properties }: JsonObject): JsonObject {
  return typeof properties === 'object' && properties !== null && !Array.isArray(properties) ? properties : {}
}

function takesProduct(schema: JsonObject): boolean {
  return Object.hasOwn(propertiesOf(schema), productParameter)
}

/** The product has a field of its own. */
function withoutProduct(schema: JsonObject): JsonObject {
  const { [productParameter]: _product, ...properties } = propertiesOf(schema)
  return { ...schema, properties }
}
