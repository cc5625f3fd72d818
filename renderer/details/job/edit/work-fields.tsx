import { Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useQueries } from '../../../client/context.tsx'
import { useJobType } from '../../../run-now/use-job-type.ts'
import { BrandsField } from './brands-field.tsx'
import { BrandsPlan } from './brands-plan.tsx'
import classes from './schedule-editor.module.css'
import { type Faults, type ScheduleValues, withJobType } from './schedule-values.ts'

export interface EditedFieldsProps {
  readonly values: ScheduleValues
  readonly faults: Faults
  readonly onChange: (change: Partial<ScheduleValues>) => void
}

interface WorkProps extends EditedFieldsProps {
  /** What the form began with. */
  readonly begun: ScheduleValues
  /** A schedule that exists: its job type and brand stay. */
  readonly isFixed: boolean
  /** Of the brand of a schedule that exists. */
  readonly brandName: string
  /** Nobody can run the job type now (J8). */
  readonly hasNoAgent: boolean
}

/** What runs, for whom, and what it is called. */
export function WorkFields({ values, begun, faults, onChange, isFixed, brandName, hasNoAgent }: WorkProps) {
  return (
    <section className={classes['section']} aria-label="What runs">
      {isFixed ? (
        <p className={classes['note']}>
          {values.jobType} for <bdi>{brandName}</bdi>. Job type and brand stay as they are; duplicate the schedule to
          use others.
        </p>
      ) : (
        <>
          <div className={classes['pair']}>
            <JobTypeField values={values} begun={begun} onChange={onChange} />
            <BrandsField values={values} onChange={onChange} />
          </div>
          <BrandsPlan values={values} faults={faults} onChange={onChange} />
        </>
      )}
      {hasNoAgent && values.jobType !== '' && <NoAgentNote jobType={values.jobType} />}
      <TextInput
        label="Name"
        placeholder={values.jobType === '' ? 'The job type, unless you name it' : values.jobType}
        value={values.name}
        error={faults.name}
        autoComplete="off"
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
    </section>
  )
}

function NoAgentNote({ jobType }: { readonly jobType: string }) {
  const known = useJobType(jobType)
  return (
    <p className={classes['note']} role="status">
      No agent can run {jobType} now. {known?.setUp ?? 'Add an executor for it on one agent.'} The schedule waits until
      one can.
    </p>
  )
}

function JobTypeField({ values, begun, onChange }: Pick<WorkProps, 'values' | 'begun' | 'onChange'>) {
  const { data } = useQuery(useQueries().catalog.get.queryOptions())
  const types = (data?.jobTypes ?? []).toSorted((left, right) => left.label.localeCompare(right.label))
  const choices = (can: boolean) =>
    types
      .filter(({ agents }) => agents.length > 0 === can)
      .map(({ key, label }) => ({ value: key, label: label === key ? key : `${label} (${key})` }))
  const groups = [
    { group: 'An agent can run these', items: choices(true) },
    { group: 'No agent can run these now', items: choices(false) },
  ]
  return (
    <Select
      label="Job type"
      required
      searchable
      selectFirstOptionOnChange
      placeholder="Choose what runs"
      data={groups.filter(({ items }) => items.length > 0)}
      value={values.jobType === '' ? null : values.jobType}
      nothingFoundMessage="No such job type. The catalog of an agent defines what there is."
      description={data?.jobTypes.find(({ key }) => key === values.jobType)?.description}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      onChange={(jobType) => onChange(withJobType(begun, values, jobType ?? '', types))}
    />
  )
}
