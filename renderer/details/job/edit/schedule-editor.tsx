import { Button, Group, Popover, Stack, Text, Tooltip } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { JobRow } from '../../../../shared/contract/jobs.ts'
import type { JsonObject } from '../../../../shared/domain.ts'
import { useQueries } from '../../../client/context.tsx'
import type { CallFailure } from '../../../client/queries.ts'
import { CadenceBuilder } from '../../../components/cadence-builder.tsx'
import { counted } from '../../../components/counts.ts'
import { JsonView } from '../../../components/json-view.tsx'
import { useIsThere } from '../../../components/use-is-there.ts'
import { brandOfJob } from '../../../jobs/job-words.ts'
import { ParameterForm } from '../../../run-now/parameter-form.tsx'
import { useWhyNot } from '../../../run-now/why-not.ts'
import { ScheduleConflict } from './conflict.tsx'
import { type Draft, type DraftHolder, isSentAgain, laidOver, useDraft } from './draft.ts'
import { RulesFields } from './rules-fields.tsx'
import classes from './schedule-editor.module.css'
import { type Faults, faultsOf, isForMany, type ScheduleValues, valuesOf } from './schedule-values.ts'
import { useBrandsPlan } from './use-brands-plan.ts'
import { useCreateSchedules } from './use-create-schedules.ts'
import { type SaveSchedule, useSaveSchedule } from './use-save-schedule.ts'
import { WorkFields } from './work-fields.tsx'

export interface ScheduleEditorProps {
  /** Names what is edited: a draft is kept under it until it is saved or discarded. */
  readonly draftKey: string
  /** Null = a new schedule. */
  readonly job: JobRow | null
  readonly title: string
  /** What a new schedule starts from; that of a job is what it is now. */
  readonly start: ScheduleValues
  /** Said above what is typed, which stays. */
  readonly notice?: ReactNode
  readonly onSaved: (job: JobRow) => void
  readonly onClose: () => void
}

/** A schedule as a form. What is typed is checked at once, saved on purpose, and never lost by closing. */
export function ScheduleEditor({ draftKey, job, title, start, notice, onSaved, onClose }: ScheduleEditorProps) {
  const holder = useDraft(draftKey, () => ({
    values: start,
    base: start,
    version: job?.version ?? 0,
    requestId: crypto.randomUUID(),
    unanswered: null,
  }))
  const { draft } = holder
  const saving = useSaving(holder, onSaved, onClose)
  const known = useKnownType(draft.values.jobType)
  const faults = faultsOf(draft.values, known?.parameters ?? null)
  const told = withServerFault(faults, saving.failure)
  const change = (next: Partial<ScheduleValues>): void => {
    if (saving.failure !== null) saving.settle()
    holder.change(next)
  }
  const save = (next: Draft): void => {
    if (Object.keys(faults).length === 0) saving.save(job?.id ?? null, next)
  }
  return (
    <form
      className={classes['form']}
      aria-label={title}
      data-unsaved={holder.isChanged}
      onSubmit={(event) => {
        event.preventDefault()
        save(draft)
      }}
    >
      <div className={classes['body']}>
        <h2 className={classes['title']}>
          <bdi>{title}</bdi>
        </h2>
        {notice}
        {draft.unanswered !== null && !isSentAgain(draft) && <MayBeMade isMany={isForMany(draft.values)} />}
        {holder.isKept && <Kept isUnanswered={draft.unanswered !== null} onDiscard={holder.discard} />}
        <WorkFields
          values={draft.values}
          begun={draft.base}
          faults={told}
          onChange={change}
          isFixed={job !== null}
          brandName={job === null ? '' : brandOfJob(job)}
          hasNoAgent={job?.hasNoAgent ?? known?.agents.length === 0}
        />
        <CadenceBuilder cron={draft.values.cron} timeZone={draft.values.timeZone} onChange={change} />
        <Parameters
          job={job}
          values={draft.values}
          schema={known?.parameters ?? null}
          told={saving.failure}
          onChange={change}
        />
        <RulesFields values={draft.values} faults={told} onChange={change} />
        {saving.theirs !== null && (
          <ScheduleConflict
            theirs={saving.theirs}
            draft={draft}
            onTakeTheirs={() => takeTheirs(holder, saving)}
            onKeepMine={() => keepMine(holder, saving, save)}
          />
        )}
      </div>
      <Foot holder={holder} job={job} saving={saving} faults={faults} onClose={onClose} />
    </form>
  )
}

/** Saves one schedule, or makes one for each of several brands: then no single one is opened afterwards. */
function useSaving(holder: DraftHolder, onSaved: (job: JobRow) => void, onClose: () => void): SaveSchedule {
  // Whoever has gone on to another job or page meanwhile stays there.
  const isThere = useIsThere()
  const one = useSaveSchedule((saved) => {
    holder.forget()
    if (isThere()) onSaved(saved)
  }, holder.note)
  const many = useCreateSchedules(() => {
    holder.forget()
    if (isThere()) onClose()
  }, holder.note)
  return {
    isPending: one.isPending || many.isPending,
    failure: one.failure ?? many.failure,
    theirs: one.theirs,
    save: (jobId, draft) => (jobId === null && isForMany(draft.values) ? many.create(draft) : one.save(jobId, draft)),
    settle: () => {
      one.settle()
      many.settle()
    },
  }
}

function useKnownType(jobType: string) {
  const { data } = useQuery(useQueries().catalog.get.queryOptions())
  return data?.jobTypes.find(({ key }) => key === jobType) ?? null
}

/** Their version becomes the form's; what I had changed in it is given up. */
function takeTheirs({ replace, draft }: DraftHolder, { theirs, settle }: SaveSchedule): void {
  if (theirs === null) return
  const values = valuesOf(theirs)
  replace({ ...draft, values, base: values, version: theirs.version })
  settle()
}

/** What I changed is laid over their version, and saved as a change of it. */
function keepMine(
  { replace, draft }: DraftHolder,
  { theirs, settle }: SaveSchedule,
  save: (next: Draft) => void,
): void {
  if (theirs === null) return
  const next = laidOver(draft, theirs)
  settle()
  replace(next)
  save(next)
}

const atFields = ['name', 'cron', 'timeZone', 'spreadMinutes']

/** What the server refused stands beside its field. */
function withServerFault(faults: Faults, failure: CallFailure | null): Faults {
  const field = failure?.field
  if (failure === null || field === null || field === undefined || !atFields.includes(field)) return faults
  return { ...faults, [field]: `${failure.message} ${failure.fix ?? ''}` }
}

function Kept({ isUnanswered, onDiscard }: { isUnanswered: boolean; onDiscard: () => void }) {
  return (
    <div className={classes['kept']} role="status">
      {isUnanswered
        ? 'What you typed before is still here; it may have been created, because no answer came.'
        : 'What you typed before is still here, not saved.'}
      <Button variant="subtle" color="gray" onClick={onDiscard}>
        Discard it
      </Button>
    </div>
  )
}

function MayBeMade({ isMany }: { isMany: boolean }) {
  return (
    <div className={classes['kept']} role="status">
      It may have been created as it was before, because no answer came. Look at the schedules first: this creates{' '}
      {isMany ? 'others, for brands that have none yet.' : 'another one.'}
    </div>
  )
}

interface ParametersProps {
  readonly job: JobRow | null
  readonly values: ScheduleValues
  readonly schema: JsonObject | null
  readonly told: CallFailure | null
  readonly onChange: (change: Partial<ScheduleValues>) => void
}

function Parameters({ job, values, schema, told, onChange }: ParametersProps) {
  const field = told?.field?.startsWith('parameters') === true ? told.field.split('.')[1] : undefined
  return (
    <section className={classes['section']} aria-label="Parameters">
      <h3>Parameters</h3>
      {job?.parametersReadable === false && (
        <p className={classes['note']}>
          Another program stored parameters that cannot be shown; they stay as they are.
        </p>
      )}
      {schema === null && values.jobType === '' && <p className={classes['note']}>Choose a job type first.</p>}
      {schema === null && values.jobType !== '' && (
        <>
          <p className={classes['note']}>No catalog describes {values.jobType}, so its parameters stay as they are.</p>
          <JsonView value={values.parameters} label="Parameters" />
        </>
      )}
      {schema !== null && job?.parametersReadable !== false && (
        <ParameterForm
          key={values.jobType}
          schema={schema}
          value={values.parameters}
          onChange={(parameters) => onChange({ parameters })}
          errors={told === null || field === undefined ? {} : { [field]: told.message }}
        />
      )}
    </section>
  )
}

interface FootProps {
  readonly holder: DraftHolder
  readonly job: JobRow | null
  readonly saving: SaveSchedule
  readonly faults: Faults
  readonly onClose: () => void
}

function Foot({ holder, job, saving, faults, onClose }: FootProps) {
  const whyNot = useWhyNot()
  const unchanged = job !== null && !holder.isChanged ? 'Nothing is changed yet.' : null
  const { values } = holder.draft
  const plan = useBrandsPlan(values)
  const isMany = job === null && isForMany(values)
  const nobody =
    isMany && plan.isKnown && plan.without.length === 0 ? 'Every brand that is chosen has one already.' : null
  const reason = whyNot ?? Object.values(faults)[0] ?? unchanged ?? nobody
  const create = isMany && plan.isKnown ? `Create ${counted(plan.without.length, 'schedule')}` : 'Create schedule'
  return (
    <div className={classes['foot']}>
      {saving.failure === null ? (
        <p className={classes['why']}>{reason}</p>
      ) : (
        <p className={classes['why']} role="alert">
          {saving.failure.message} {saving.failure.fix}
        </p>
      )}
      <CancelButton holder={holder} job={job} onClose={onClose} />
      <Tooltip label={reason} disabled={reason === null}>
        <Button
          type="submit"
          loading={saving.isPending}
          aria-disabled={reason !== null}
          data-disabled={reason !== null || undefined}
          onClick={reason === null ? undefined : (event) => event.preventDefault()}
        >
          {job === null ? create : 'Save'}
        </Button>
      </Tooltip>
    </div>
  )
}

function CancelButton({ holder, job, onClose }: Pick<FootProps, 'holder' | 'job' | 'onClose'>) {
  const [isAsking, setIsAsking] = useState(false)
  const press = (): void => (holder.isChanged ? setIsAsking(!isAsking) : onClose())
  return (
    <Popover opened={isAsking} onChange={setIsAsking} position="top-end" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" onClick={press}>
          Cancel
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Discard changes">
        <Stack gap="sm" maw={320}>
          <Text size="sm">
            {job === null ? (
              'Discard this new schedule?'
            ) : (
              <>
                Discard your changes to <bdi>{job.name.slice(0, 200)}</bdi>?
              </>
            )}
          </Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" data-autofocus onClick={() => setIsAsking(false)}>
              Keep editing
            </Button>
            <Button
              color="red"
              onClick={() => {
                holder.forget()
                onClose()
              }}
            >
              Discard
            </Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
