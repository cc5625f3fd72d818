import { Button, Checkbox, Group } from '@mantine/core'
import { type ReactNode, useMemo, useState } from 'react'
import type { JobRow } from '../../../../shared/contract/jobs.ts'
import { useSession } from '../../../client/context.tsx'
import { CadenceBuilder } from '../../../components/cadence-builder.tsx'
import { ZonePicker } from '../../../components/cadence-zone.tsx'
import { counted } from '../../../components/counts.ts'
import { reasonsOf } from '../../../components/outcome-words.ts'
import {
  AlertAfterField,
  CatchUpField,
  OverlapField,
  PriorityField,
  RetriesField,
  TimeoutField,
} from '../../../details/job/edit/rules-fields.tsx'
import type { Faults, ScheduleValues } from '../../../details/job/edit/schedule-values.ts'
import { SpreadField } from '../../../details/job/edit/spread-field.tsx'
import { useWhyNot } from '../../../run-now/why-not.ts'
import classes from './change-form.module.css'
import { beginOf, type ChangedPart, changedParts, changesOf, faultsOfChange, partLabels } from './changed-fields.ts'
import { outcomesOf, type Preview, useChangeSchedules, usePreview } from './use-change-schedules.ts'

export interface ChangeFormProps {
  readonly jobs: readonly JobRow[]
  /** Something was ticked that closing would lose. */
  readonly onTouch: () => void
  /** With the ids of those that were refused. */
  readonly onDone: (left: string[]) => void
  readonly onClose: () => void
}

/** Only what is ticked changes; how many that are, and which cannot be changed and why, is said before. */
export function ChangeForm({ jobs, onTouch, onDone, onClose }: ChangeFormProps) {
  const { defaultTimeZone } = useSession()
  const [values, setValues] = useState(() => beginOf(jobs, defaultTimeZone))
  const [parts, setParts] = useState<ReadonlySet<ChangedPart>>(new Set())
  const { change, isPending, failure, settle } = useChangeSchedules(jobs, onDone)
  const whyNot = useWhyNot()
  const faults = useMemo(() => faultsOfChange(values, parts), [values, parts])
  const [fault] = Object.values(faults)
  const changes = useMemo(
    () => (parts.size === 0 || Object.keys(faults).length > 0 ? [] : changesOf(jobs, values, parts)),
    [jobs, values, parts, faults],
  )
  const preview = usePreview(changes)
  const jobIdsOf = (wanted: string): string[] =>
    (preview.results ?? []).filter(({ outcome }) => outcome === wanted).map(({ jobId }) => jobId)
  const applies = new Set(jobIdsOf('changed'))
  const touch = (): void => {
    onTouch()
    settle()
  }
  const onChange = (next: Partial<ScheduleValues>): void => {
    touch()
    setValues((before) => ({ ...before, ...next }))
  }
  const toggle = (part: ChangedPart): void => {
    touch()
    setParts((before) => new Set(before.has(part) ? [...before].filter((one) => one !== part) : [...before, part]))
  }
  const reason = whyNot ?? (parts.size === 0 ? 'Tick what is to change.' : (fault ?? null))
  return (
    <form
      className={classes['form']}
      aria-label="Change schedules"
      data-unsaved={parts.size > 0}
      onSubmit={(event) => {
        event.preventDefault()
        if (reason !== null || applies.size === 0) return
        change({ changes: changes.filter(({ jobId }) => applies.has(jobId)), refused: jobIdsOf('refused') })
      }}
    >
      <p className={classes['note']}>
        What is not ticked stays as it is, and so do names, parameters and keys. The fields begin as those of the first.
      </p>
      {changedParts.map((part) => {
        // The cadence has the zone with it.
        const isCovered = part === 'zone' && parts.has('cadence')
        return (
          <div key={part} className={classes['part']}>
            <Checkbox
              label={partLabels[part]}
              checked={parts.has(part) && !isCovered}
              disabled={isCovered}
              onChange={() => toggle(part)}
            />
            {parts.has(part) && !isCovered && (
              <div className={classes['fields']}>
                <PartFields part={part} jobs={jobs} values={values} faults={faults} onChange={onChange} />
              </div>
            )}
          </div>
        )
      })}
      <Outlook preview={preview} jobs={jobs} isAsked={changes.length > 0} />
      {failure !== null && (
        <p role="alert" className={classes['failure']}>
          {failure.message} {failure.fix}
        </p>
      )}
      <div className={classes['foot']}>
        {reason !== null && <p className={classes['note']}>{reason}</p>}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isPending} disabled={reason !== null || applies.size === 0}>
            {preview.results === null ? 'Change' : `Change ${counted(applies.size, 'schedule')}`}
          </Button>
        </Group>
      </div>
    </form>
  )
}

interface PartProps {
  readonly part: ChangedPart
  readonly jobs: readonly JobRow[]
  readonly values: ScheduleValues
  readonly faults: Faults
  readonly onChange: (change: Partial<ScheduleValues>) => void
}

function PartFields({ part, jobs, ...props }: PartProps): ReactNode {
  const { values, faults, onChange } = props
  switch (part) {
    case 'cadence':
      return (
        <>
          <CadenceBuilder cron={values.cron} timeZone={values.timeZone} onChange={onChange} />
          {jobs.length > 1 && (
            <SpreadField
              brandIds={jobs.map(({ id, brand }) => brand?.id ?? id)}
              values={values}
              fault={faults.spreadMinutes}
              onChange={(spreadMinutes) => onChange({ spreadMinutes })}
            />
          )}
        </>
      )
    case 'zone':
      return (
        <ZonePicker
          value={values.timeZone}
          error={faults.timeZone ?? null}
          onChange={(timeZone) => onChange({ timeZone })}
        />
      )
    case 'retries':
      return <RetriesField {...props} />
    case 'alertAfter':
      return <AlertAfterField {...props} />
    case 'timeout':
      return <TimeoutField {...props} />
    case 'priority':
      return <PriorityField {...props} />
    case 'overlap':
      return <OverlapField {...props} />
    case 'catchUp':
      return <CatchUpField {...props} />
  }
}

/** How many would change, are so already and cannot, and why not. */
function Outlook({ preview, jobs, isAsked }: { preview: Preview; jobs: readonly JobRow[]; isAsked: boolean }) {
  const { results, failure } = preview
  if (!isAsked) return null
  if (failure !== null) {
    return (
      <p role="alert" className={classes['failure']}>
        {failure.message} {failure.fix}
      </p>
    )
  }
  const count = (wanted: string): number => (results ?? []).filter(({ outcome }) => outcome === wanted).length
  const refused = outcomesOf(results ?? [], jobs).filter(({ result }) => result === 'refused')
  return (
    <section className={classes['outlook']} aria-label="What will change" aria-busy={results === null}>
      <p role="status">
        {results === null ? (
          'Looking at them…'
        ) : (
          <>
            <strong>{counted(count('changed'), 'schedule')} will change.</strong> {count('unchanged').toLocaleString()}{' '}
            {count('unchanged') === 1 ? 'is' : 'are'} like this already, {refused.length.toLocaleString()} cannot be
            changed{refused.length === 0 ? '.' : ':'}
          </>
        )}
      </p>
      {reasonsOf(refused).map((why) => (
        <p key={why} className={classes['note']}>
          <bdi>{why}</bdi>
        </p>
      ))}
    </section>
  )
}
