import { Button, Checkbox, Group, Radio, Select, TextInput } from '@mantine/core'
import { useEffect, useMemo, useRef, useState } from 'react'
import { formatHours } from '../../../../shared/duration.ts'
import type { PingPlan } from '../../../../shared/pings/plan.ts'
import { useBrands } from '../../../app/organization.ts'
import { useBrandId } from '../../../app/places.ts'
import { useSession } from '../../../client/context.tsx'
import { useNow } from '../../../client/now.tsx'
import { CadenceBuilder } from '../../../components/cadence-builder.tsx'
import { Conflict } from '../../../components/conflict.tsx'
import { useWhyNot } from '../../../run-now/why-not.ts'
import { changedFields, withMine } from '../../notifications/settling.ts'
import own from '../sources.module.css'
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
  const [base, setBase] = useState(check)
  const asValues = (one: Check): CheckValues => valuesOf(one, defaultTimeZone)
  const [values, setValues] = useState(() =>
    check === null ? newValues(brandId ?? '', defaultTimeZone) : asValues(check),
  )
  const [theirs, setTheirs] = useState<Check | null>(null)
  const [isGone, setIsGone] = useState(false)
  const { save, isPending, failure, settle } = useSaveCheck()
  const whyNot = useWhyNot()
  const hours = useHours(values)
  const isReady = values.brandId !== '' && slugIn(values) !== '' && hours !== null && theirs === null
  const submit = (from: Check | null, next: CheckValues): void =>
    save({
      base: from,
      values: next,
      onSaved: (id) => {
        onSaved(id)
        onClose()
      },
      onConflict: (saved) => {
        settle()
        setTheirs(saved)
        setIsGone(saved === null)
        if (saved === null) setBase(null)
      },
    })
  const settled = (saved: Check, next: CheckValues): void => {
    setBase(saved)
    setValues(next)
    setTheirs(null)
  }
  return (
    <form
      className={own['form']}
      aria-label={check === null ? 'New check' : `Check ${check.name}`}
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady) submit(base, values)
      }}
    >
      <CheckFields
        values={values}
        isNew={base === null}
        onChange={(part) => setValues((before) => ({ ...before, ...part }))}
      />
      <MaximumAge check={base} hours={hours} />
      {isGone && (
        <p role="alert">Somebody has removed this check meanwhile. Saving makes a new one, with a new address.</p>
      )}
      {failure !== null && (
        <p role="alert">
          {failure.message} {failure.fix}
        </p>
      )}
      {theirs !== null && base !== null && (
        <CheckConflict
          before={asValues(base)}
          saved={asValues(theirs)}
          by={theirs.changedBy}
          mine={values}
          onTakeTheirs={() => settled(theirs, asValues(theirs))}
          onKeepMine={() => {
            const next = withMine(asValues(base), values, asValues(theirs))
            settled(theirs, next)
            submit(theirs, next)
          }}
        />
      )}
      <Group gap="xs">
        <Button type="submit" loading={isPending} disabled={whyNot !== null || !isReady} title={whyNot ?? undefined}>
          {base === null ? 'Add the check' : 'Save the check'}
        </Button>
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
      </Group>
    </form>
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

interface CheckConflictProps {
  readonly before: CheckValues
  readonly saved: CheckValues
  readonly mine: CheckValues
  readonly by: string
  readonly onTakeTheirs: () => void
  readonly onKeepMine: () => void
}

function CheckConflict({ before, saved, mine, by, onTakeTheirs, onKeepMine }: CheckConflictProps) {
  const [byThem, byMe] = [changedFields(before, saved), changedFields(before, mine)]
  return (
    <Conflict
      title={`${by.slice(0, 100)} saved this check first.`}
      rows={[...new Set([...byThem, ...byMe])].map((field) => ({
        label: checkLabels[field],
        theirs: byThem.includes(field) ? checkFieldInWords(saved, field) : null,
        mine: byMe.includes(field) ? checkFieldInWords(mine, field) : null,
      }))}
      onTakeTheirs={onTakeTheirs}
      onKeepMine={onKeepMine}
    />
  )
}
