import { Checkbox, Group, Radio, Select, TextInput } from '@mantine/core'
import { useEffect, useMemo, useRef, useState } from 'react'
import { formatHours } from '../../../../shared/duration.ts'
import type { PingPlan } from '../../../../shared/pings/plan.ts'
import { useBrands } from '../../../app/organization.ts'
import { useBrandId } from '../../../app/places.ts'
import { useSession } from '../../../client/context.tsx'
import { useNow } from '../../../client/now.tsx'
import { CadenceBuilder } from '../../../components/cadence-builder.tsx'
import { EditForm } from '../../../components/edit-form.tsx'
import { useEdit } from '../../../components/use-edit.ts'
import {
  type Check,
  type CheckValues,
  checkFieldInWords,
  checkLabels,
  hoursOf,
  newValues,
  planOf,
  slugIn,
  valuesOf,
} from './check-values.ts'
import { LengthInput } from './length-input.tsx'
import { useSaveCheck } from './use-checks.ts'

export interface CheckFormProps {
  /** As it was when the edit began; null makes a new one. */
  readonly check: Check | null
  readonly onSaved: (checkId: string) => void
  readonly onClose: () => void
}

/** One check: what it is called, which dataset it keeps, and when it is expected. A conflict shows both versions. */
export function CheckForm({ check, onSaved, onClose }: CheckFormProps) {
  const { defaultTimeZone } = useSession()
  const [brandId] = useBrandId()
  const edit = useEdit({
    thing: check,
    begin: newValues(brandId ?? '', defaultTimeZone),
    valuesOf: (one: Check) => valuesOf(one, defaultTimeZone),
    saver: useSaveCheck(),
    onSaved: (id) => {
      onSaved(id)
      onClose()
    },
  })
  const { base, values, change } = edit
  const hours = useHours(values)
  return (
    <EditForm
      edit={edit}
      what="check"
      label={check === null ? 'New check' : `Check ${check.name}`}
      isReady={values.brandId !== '' && slugIn(values) !== '' && hours !== null}
      ifGone="Saving makes a new one, with a new address."
      savedBy={({ changedBy }) => changedBy}
      labels={checkLabels}
      fieldInWords={checkFieldInWords}
      onClose={onClose}
    >
      <CheckFields values={values} isNew={base === null} onChange={change} />
      <MaximumAge check={base} hours={hours} />
    </EditForm>
  )
}

/** As of when the form was opened: to look through a year of fires takes a moment, so that is done once for each plan. */
function useHours(values: CheckValues): number | null {
  const now = useNow()
  const [opened] = useState(now)
  const plan = JSON.stringify(planOf(values))
  return useMemo(() => hoursOf(JSON.parse(plan) as PingPlan, opened), [plan, opened])
}

/** F9: what the plan means for the dataset, and whose maximum counts. */
function MaximumAge({ check, hours }: { check: Check | null; hours: number | null }) {
  if (hours === null) return <p role="status">When it is expected is not clear yet.</p>
  const plan = formatHours(hours)
  if (check === null || check.maxAge.isOwn) {
    return (
      <p role="status">
        Its data is stale when it is older than {plan}: the longest time between two pings, and the grace. A maximum age
        that a person sets for the dataset counts instead.
      </p>
    )
  }
  const set = check.maxAge.hours === null ? '' : ` of ${formatHours(check.maxAge.hours)}`
  return (
    <p role="status">
      The maximum age{set} that a person set for the dataset counts; by this plan it would be {plan}.
    </p>
  )
}

interface FieldsProps {
  readonly values: CheckValues
  readonly isNew: boolean
  readonly onChange: (part: Partial<CheckValues>) => void
}

function CheckFields({ values, isNew, onChange }: FieldsProps) {
  const brands = useBrands()
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => first.current?.focus(), [])
  const slug = slugIn(values)
  return (
    <>
      <Group gap="sm" align="flex-start">
        <TextInput
          ref={first}
          label="Name"
          required
          maxLength={120}
          value={values.name}
          autoComplete="off"
          onChange={(event) => onChange({ name: event.currentTarget.value })}
        />
        <Select
          label="Brand"
          required
          searchable
          selectFirstOptionOnChange
          allowDeselect={false}
          disabled={!isNew}
          data={brands.map(({ id, name }) => ({ value: id, label: name }))}
          value={values.brandId === '' ? null : values.brandId}
          nothingFoundMessage="No brand has this name."
          onChange={(brandId) => onChange({ brandId: brandId ?? '' })}
        />
        <TextInput
          label="Slug"
          description="In its address"
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          placeholder={slug}
          maxLength={100}
          value={values.slug}
          error={slug === '' && values.name !== '' ? 'Give it one of a to z, 0 to 9, - and _.' : null}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ slug: event.currentTarget.value })}
        />
        <TextInput
          label="Dataset"
          description="Which one it refreshes"
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          placeholder={slug}
          maxLength={200}
          value={values.dataset}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ dataset: event.currentTarget.value })}
        />
      </Group>
      <Radio.Group
        label="A ping is expected"
        value={values.kind}
        onChange={(kind) => onChange({ kind: kind === 'cron' ? 'cron' : 'period' })}
      >
        <Group gap="md" mt={4}>
          <Radio value="period" label="every so often" />
          <Radio value="cron" label="at set times" />
        </Group>
      </Radio.Group>
      {values.kind === 'period' ? (
        <LengthInput
          label="Period"
          seconds={values.periodSeconds}
          onChange={(periodSeconds) => onChange({ periodSeconds })}
        />
      ) : (
        <CadenceBuilder cron={values.cron} timeZone={values.timeZone} onChange={onChange} />
      )}
      <LengthInput
        label="Grace"
        description="How late it may be, and how long a run may take"
        seconds={values.graceSeconds}
        onChange={(graceSeconds) => onChange({ graceSeconds })}
      />
      <Checkbox
        label="Once paused, only a person resumes it; otherwise a ping does"
        checked={values.resumesByHand}
        onChange={(event) => onChange({ resumesByHand: event.currentTarget.checked })}
      />
    </>
  )
}
