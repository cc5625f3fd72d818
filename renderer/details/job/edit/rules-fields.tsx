import { NumberInput, Radio, Select, Stack, TextInput } from '@mantine/core'
import { catchUpPolicies, overlapPolicies, type Priority, priorities } from '../../../../shared/domain.ts'
import { alertAfterInWords, catchUpWords, overlapWords, retriesInWords } from '../../../../shared/policy-words.ts'
import classes from './schedule-editor.module.css'
import type { ScheduleValues } from './schedule-values.ts'
import type { EditedFieldsProps } from './work-fields.tsx'

const priorityLabels: Readonly<Record<Priority, string>> = {
  low: 'Low',
  normal: 'Normal',
  high: 'High',
  urgent: 'Urgent',
}
const priorityChoices = (Object.keys(priorities) as Priority[]).map((value) => ({
  value,
  label: priorityLabels[value],
}))

type RuleProps<Field extends keyof ScheduleValues> = Omit<EditedFieldsProps, 'values'> & {
  readonly values: Pick<ScheduleValues, Field>
}

/** What happens when it fails, overlaps or is missed; each with its consequence in a line. */
export function RulesFields(props: EditedFieldsProps) {
  return (
    <section className={classes['section']} aria-label="Rules">
      <h3>Rules</h3>
      <div className={classes['pair']}>
        <RetriesField {...props} />
        <AlertAfterField {...props} />
      </div>
      <TimeoutField {...props} />
      <OverlapField {...props} />
      <KeyField {...props} />
      <CatchUpField {...props} />
      <PriorityField {...props} />
    </section>
  )
}

export function RetriesField({ values: { maxRetries }, faults, onChange }: RuleProps<'maxRetries'>) {
  return (
    <NumberInput
      label="Retries after a failure"
      description={maxRetries === null ? undefined : retriesInWords(Math.min(maxRetries, 100))}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      clampBehavior="none"
      allowDecimal={false}
      value={maxRetries ?? ''}
      error={faults.maxRetries}
      onChange={(next) => onChange({ maxRetries: typeof next === 'number' ? next : null })}
    />
  )
}

export function AlertAfterField({ values: { alertAfter }, faults, onChange }: RuleProps<'alertAfter'>) {
  return (
    <NumberInput
      label="Tell after failed runs in a row"
      description={alertAfter === null ? undefined : alertAfterInWords(alertAfter)}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      clampBehavior="none"
      allowDecimal={false}
      value={alertAfter ?? ''}
      error={faults.alertAfter}
      onChange={(next) => onChange({ alertAfter: typeof next === 'number' ? next : null })}
    />
  )
}

export function TimeoutField({ values: { timeoutMinutes }, faults, onChange }: RuleProps<'timeoutMinutes'>) {
  return (
    <NumberInput
      label="Timeout, minutes"
      description="A run that takes longer is stopped. Empty: as the job type says."
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      clampBehavior="none"
      allowDecimal={false}
      value={timeoutMinutes ?? ''}
      error={faults.timeoutMinutes}
      onChange={(next) => onChange({ timeoutMinutes: typeof next === 'number' ? next : null })}
    />
  )
}

export function OverlapField({ values, onChange }: Omit<RuleProps<'overlapPolicy'>, 'faults'>) {
  return (
    <Radio.Group
      label="Overlap"
      value={values.overlapPolicy}
      onChange={(value) => onChange({ overlapPolicy: value === 'skip' ? 'skip' : 'queue' })}
    >
      <Stack gap={8} mt={6}>
        {overlapPolicies.map((one) => (
          <Radio key={one} value={one} label={overlapWords[one].name} description={overlapWords[one].consequence} />
        ))}
      </Stack>
    </Radio.Group>
  )
}

function KeyField({ values: { concurrencyKey }, faults, onChange }: EditedFieldsProps) {
  return (
    <TextInput
      label="Never at the same time as others with the key"
      description="Schedules with the same key run one after the other, whatever they do. Empty: those of this brand and job type."
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={concurrencyKey}
      error={faults.concurrencyKey}
      onChange={({ currentTarget }) => onChange({ concurrencyKey: currentTarget.value })}
    />
  )
}

export function CatchUpField({ values, onChange }: Omit<RuleProps<'catchUpPolicy'>, 'faults'>) {
  return (
    <Radio.Group
      label="Catch-up"
      value={values.catchUpPolicy}
      onChange={(value) => onChange({ catchUpPolicy: value === 'skip' ? 'skip' : 'latest' })}
    >
      <Stack gap={8} mt={6}>
        {catchUpPolicies.map((one) => (
          <Radio key={one} value={one} label={catchUpWords[one].name} description={catchUpWords[one].consequence} />
        ))}
      </Stack>
    </Radio.Group>
  )
}

export function PriorityField({ values, onChange }: Omit<RuleProps<'priority'>, 'faults'>) {
  return (
    <Select
      label="Priority"
      description="When several jobs are due, the higher one starts first."
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      w={200}
      allowDeselect={false}
      data={priorityChoices}
      value={values.priority}
      onChange={(next) =>
        onChange({ priority: priorityChoices.find(({ value }) => value === next)?.value ?? 'normal' })
      }
    />
  )
}
