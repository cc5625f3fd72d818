import { Button, Checkbox, Group, NumberInput, Select, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { dayNumber, daysInWords, mostBackfillRuns } from '../../shared/backfills.ts'
import type { CatalogJobType } from '../../shared/contract/catalog.ts'
import type { JsonObject, JsonValue } from '../../shared/domain.ts'
import { formatDuration } from '../../shared/duration.ts'
import { useOrganizationId } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { useIntents } from '../client/intents.ts'
import { commandFailureOf } from '../client/queries.ts'
import { counted } from '../components/counts.ts'
import { notifyDone } from '../components/notify.ts'
import classes from '../mutes/mute-form.module.css'
import { faultOf, fieldsOf } from '../run-now/parameter-fields.ts'
import { ParameterForm } from '../run-now/parameter-form.tsx'
import { useJobType } from '../run-now/use-job-type.ts'
import { useWhyNot } from '../run-now/why-not.ts'
import type { BackfillOf } from './backfilling.tsx'

interface Choice {
  readonly first: string
  readonly last: string
  readonly daysPerRun: number
  readonly newestFirst: boolean
  readonly onlyMissing: boolean
}

interface BackfillFormProps {
  readonly asked: BackfillOf
  /** Something was changed that closing would lose. */
  readonly onTouch: () => void
  readonly onClose: () => void
}

/** Which days, in what pieces and with what else; what that would be is said before it is begun. */
export function BackfillForm({ asked, onTouch, onClose }: BackfillFormProps) {
  const known = useJobType(asked.jobType)
  const schema = othersOf(known)
  const [choice, setChoice] = useState<Choice>({
    first: '',
    last: '',
    daysPerRun: 1,
    newestFirst: false,
    onlyMissing: false,
  })
  const [isTogether, setIsTogether] = useState(true)
  const [parameters, setParameters] = useState(() => withoutDays(known, asked.parameters))
  const whyNot = useWhyNot()
  const faults = fieldsOf(schema).some((field) => faultOf(field, parameters[field.name] ?? field.usual) !== null)
  const organizationId = useOrganizationId()
  const { brandId, jobType, likeJobId } = asked
  const work = { organizationId, brandId, jobType, likeJobId, parameters, ...choice }
  const isAsked = !faults && dayFault(choice) === null && choice.first !== '' && choice.last !== ''
  const preview = useQuery(
    useQueries().backfills.preview.queryOptions({
      input: work,
      enabled: isAsked,
      retry: false,
      placeholderData: (before) => before,
    }),
  )
  const { start, isPending, failure } = useCreate(onClose)
  const change = (part: Partial<Choice>): void => {
    onTouch()
    setChoice({ ...choice, ...part })
  }
  const found = isAsked && preview.error === null ? preview.data : undefined
  // What is shown until the answer is there belongs to another choice.
  const isShown = found !== undefined && !preview.isPlaceholderData
  const isReady = isShown && found.runs.length > 0 && found.refusal === null && whyNot === null
  const refused = failure ?? (isAsked && preview.error !== null ? commandFailureOf(preview.error) : null)
  return (
    <form
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady && !isPending) start({ ...work, isBeside: !isTogether })
      }}
    >
      <p className={classes['note']}>
        Runs {jobType} for <bdi>{asked.brandName}</bdi> once more for days that are over, one run after another. Data
        does not look newer for it than the days are.
      </p>
      <Days choice={choice} mostDays={known?.backfill?.mostDays ?? 1} onChange={change} />
      {fieldsOf(schema).length > 0 && (
        <ParameterForm
          schema={schema}
          value={parameters}
          onChange={(next) => {
            onTouch()
            setParameters(next)
          }}
        />
      )}
      <Checkbox
        label="Only what is missing: leave out days that had a completed run"
        checked={choice.onlyMissing}
        onChange={(event) => change({ onlyMissing: event.currentTarget.checked })}
      />
      <Checkbox
        label="Not beside the regular runs"
        description="They take turns, and the regular run goes first. Without it both may run at once."
        checked={isTogether}
        onChange={(event) => setIsTogether(event.currentTarget.checked)}
      />
      <div aria-live="polite">{found !== undefined && <Preview found={found} />}</div>
      {refused !== null && (
        <p role="alert" className={classes['failure']}>
          {refused.message} {refused.fix}
        </p>
      )}
      {whyNot !== null && <p className={classes['note']}>{whyNot}</p>}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <Button type="submit" loading={isPending} disabled={!isReady}>
          {isReady ? `Queue ${counted(found.runs.length, 'run')}` : 'Queue'}
        </Button>
      </Group>
    </form>
  )
}

function useCreate(onDone: () => void) {
  const queries = useQueries()
  const cache = useQueryClient()
  const intents = useIntents()
  const mutation = useMutation(
    queries.backfills.create.mutationOptions({
      onSuccess: ({ message }) => {
        notifyDone(`${message} Active jobs has its progress.`)
        onDone()
        return cache.invalidateQueries({ queryKey: queries.backfills.key() })
      },
    }),
  )
  type Asked = Omit<Parameters<typeof mutation.mutateAsync>[0], 'requestId'>
  return {
    isPending: mutation.isPending,
    failure: mutation.error === null ? null : commandFailureOf(mutation.error),
    start: (work: Asked) => intents.send(work, (requestId) => mutation.mutateAsync({ ...work, requestId })),
  }
}

function Days({
  choice,
  mostDays,
  onChange,
}: {
  choice: Choice
  mostDays: number
  onChange: (part: Partial<Choice>) => void
}) {
  const { first, last, daysPerRun, newestFirst } = choice
  return (
    <>
      <div className={classes['pair']}>
        <TextInput
          type="date"
          label="First day"
          data-autofocus
          required
          value={first}
          onChange={(event) => onChange({ first: event.currentTarget.value })}
        />
        <TextInput
          type="date"
          label="Last day"
          required
          value={last}
          error={dayFault(choice)}
          onChange={(event) => onChange({ last: event.currentTarget.value })}
        />
      </div>
      <div className={classes['pair']}>
        <NumberInput
          label="Days for each run"
          description={mostDays === 1 ? 'One run covers one day' : `1 to ${mostDays}`}
          min={1}
          max={mostDays}
          disabled={mostDays === 1}
          allowDecimal={false}
          hideControls
          value={daysPerRun}
          onChange={(next) => typeof next === 'number' && next >= 1 && onChange({ daysPerRun: next })}
        />
        <Select
          label="Order"
          description="Which days come first"
          allowDeselect={false}
          data={[
            { value: 'oldest', label: 'Oldest days first' },
            { value: 'newest', label: 'Newest days first' },
          ]}
          value={newestFirst ? 'newest' : 'oldest'}
          onChange={(next) => onChange({ newestFirst: next === 'newest' })}
        />
      </div>
    </>
  )
}

function dayFault({ first, last }: Choice): string | null {
  if (dayNumber(first) === null || dayNumber(last) === null) return null
  return last < first ? 'Is before the first day.' : null
}

interface Found {
  readonly runs: readonly { readonly first: string; readonly last: string }[]
  readonly firstParameters: JsonObject | null
  readonly lastParameters: JsonObject | null
  readonly covered: readonly { readonly first: string; readonly last: string }[]
  readonly coveredDays: number
  readonly zone: string
  readonly estimateMs: number | null
  readonly refusal: string | null
  readonly notes: readonly string[]
}

const shownRanges = 6

function Preview({ found }: { found: Found }) {
  const { runs, firstParameters, lastParameters, covered, coveredDays, zone, estimateMs, refusal, notes } = found
  const took =
    estimateMs === null ? 'how long such runs take is not known yet' : `about ${formatDuration(estimateMs)} in all`
  const more = covered.length > shownRanges ? `, and ${covered.length - shownRanges} more` : ''
  return (
    <div className={classes['coverage']}>
      {runs.length === 0 ? (
        <p>Nothing is missing: all of these days had a completed run.</p>
      ) : (
        <p>
          <strong>{counted(runs.length, 'run')}</strong>, {took}. At most {mostBackfillRuns}; days are those of {zone}.
        </p>
      )}
      {firstParameters !== null && (
        <p>
          First: <code>{JSON.stringify(firstParameters)}</code>
        </p>
      )}
      {lastParameters !== null && runs.length > 1 && (
        <p>
          Last: <code>{JSON.stringify(lastParameters)}</code>
        </p>
      )}
      {coveredDays > 0 && (
        <p>
          {counted(coveredDays, 'day')} had a completed run before:{' '}
          {covered.slice(0, shownRanges).map(daysInWords).join(', ')}
          {more}.
        </p>
      )}
      {[...(refusal === null ? [] : [refusal]), ...notes].map((note) => (
        <p key={note}>{note}</p>
      ))}
    </div>
  )
}

/** The schema without the parameters that say the days: the form asks for those itself. */
function othersOf(known: CatalogJobType | null): JsonObject {
  const schema = known?.parameters ?? {}
  const { properties, required } = schema
  const days: readonly JsonValue[] = daysOf(known)
  const isObject = typeof properties === 'object' && properties !== null && !Array.isArray(properties)
  return {
    ...schema,
    ...(isObject ? { properties: withoutDays(known, properties) } : {}),
    ...(Array.isArray(required) ? { required: required.filter((name) => !days.includes(name)) } : {}),
  }
}

function withoutDays(known: CatalogJobType | null, values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !daysOf(known).includes(name)))
}

function daysOf(known: CatalogJobType | null): string[] {
  const rule = known?.backfill ?? null
  return rule === null ? [] : [rule.from, ...(rule.to === null ? [] : [rule.to])]
}
