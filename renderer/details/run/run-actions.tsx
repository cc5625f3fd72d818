import { ActionIcon, Button, Group, Popover, Stack, Text, Tooltip } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import type { JsonObject } from '../../../shared/domain.ts'
import { commandFailureOf } from '../../client/queries.ts'
import { FormDropdown, FormPopover } from '../../components/form-popover.tsx'
import { faultOf, fieldsOf, parametersInWords } from '../../run-now/parameter-fields.ts'
import { ParameterForm } from '../../run-now/parameter-form.tsx'
import { useJobType } from '../../run-now/use-job-type.ts'
import { useWhyNot } from '../../run-now/why-not.ts'
import { ResumeButton } from './resume-button.tsx'
import { type RunAnswer, rerunInWords, type WholeRun } from './run-answer.ts'
import classes from './run-details.module.css'
import { isInProgress, runInWords, whyNotCancel } from './run-words.ts'
import { type RunCommand, useCancelRun, useRerun, useWhyNotRerun } from './use-run-commands.ts'

const notRecorded = 'The run did not record its parameters; these are the job’s.'

/** What can be done to a run: stop it while it runs, do the same work again. */
export function RunActions({
  answer: { run, rerun, resume },
}: {
  answer: Pick<RunAnswer, 'run' | 'rerun' | 'resume'>
}) {
  return (
    <Group gap={8} wrap="nowrap">
      {isInProgress(run.status) && <CancelRun run={run} />}
      {resume !== null && <ResumeButton run={run} rerun={rerun} offer={resume} />}
      <Rerun run={run} given={rerun} />
    </Group>
  )
}

function CancelRun({ run }: { run: WholeRun }) {
  const [isOpen, setIsOpen] = useState(false)
  const whyNot = useWhyNot()
  const cancel = useCancelRun(run.id, () => setIsOpen(false), isOpen)
  const reason = whyNot ?? whyNotCancel(run)
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" trapFocus returnFocus width={320}>
      <Popover.Target>
        <Tooltip label={reason ?? 'Stop the step in progress and end the run'}>
          <Button
            variant="default"
            aria-disabled={reason !== null}
            data-disabled={reason !== null || undefined}
            onClick={reason === null ? () => setIsOpen(!isOpen) : undefined}
          >
            Cancel run
          </Button>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label="Cancel run">
        <Stack gap="sm">
          <Text size="sm">
            Cancel the run of <bdi>{runInWords(run)}</bdi>? Its agent stops the step in progress; the steps after it do
            not start.
          </Text>
          <CommandFailure command={cancel} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" data-autofocus onClick={() => setIsOpen(false)}>
              Keep running
            </Button>
            <Button color="red" loading={cancel.isPending} onClick={() => cancel.start()}>
              Cancel 1 run
            </Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

function Rerun({ run, given }: { run: WholeRun; given: RunAnswer['rerun'] }) {
  const [isOpen, setIsOpen] = useState(false)
  const known = useJobType(run.jobType)
  const reason = useWhyNotRerun(run.jobType, given)
  const rerun = useRerun(run.id, () => setIsOpen(false), isOpen)
  const schema = known?.parameters ?? {}
  const words = `${run.jobType}, ${parametersInWords(schema, given.parameters)}`
  const note = given.parametersOf === 'job' ? notRecorded : null
  const failed = !isOpen && rerun.error !== null ? commandFailureOf(rerun.error) : null
  return (
    <Group gap={1} wrap="nowrap">
      <Tooltip
        label={
          reason ??
          (failed === null ? (note === null ? words : `${words}. ${note}`) : `${failed.message} ${failed.fix ?? ''}`)
        }
        multiline
        maw={360}
      >
        <Button
          variant="default"
          loading={rerun.isPending && !isOpen}
          aria-disabled={reason !== null}
          data-disabled={reason !== null || undefined}
          aria-label={`Rerun ${runInWords(run)} with ${rerunInWords(given)}`}
          onClick={reason === null ? () => rerun.start() : undefined}
        >
          Rerun
        </Button>
      </Tooltip>
      <FormPopover opened={isOpen} onChange={setIsOpen} width={340}>
        <Popover.Target>
          <ActionIcon
            variant="default"
            size={30}
            aria-label="Rerun with other parameters"
            disabled={reason !== null}
            onClick={() => setIsOpen(!isOpen)}
          >
            <IconChevronDown size={14} />
          </ActionIcon>
        </Popover.Target>
        <FormDropdown label="Rerun with other parameters">
          {isOpen && (
            <RerunForm
              run={run}
              schema={schema}
              start={given.parameters}
              note={note}
              rerun={rerun}
              onCancel={() => setIsOpen(false)}
            />
          )}
        </FormDropdown>
      </FormPopover>
    </Group>
  )
}

interface RerunFormProps {
  readonly run: WholeRun
  readonly schema: JsonObject
  readonly start: JsonObject
  /** Where they are from, when that is not plain. */
  readonly note: string | null
  readonly rerun: RunCommand<[parameters?: JsonObject]>
  readonly onCancel: () => void
}

function RerunForm({ run, schema, start, note, rerun, onCancel }: RerunFormProps) {
  const [value, setValue] = useState(start)
  const isFaulty = fieldsOf(schema).some((field) => faultOf(field, value[field.name] ?? field.usual) !== null)
  const failure = rerun.error === null ? null : commandFailureOf(rerun.error)
  const field = failure?.field?.replace(/^parameters\.?/, '').split('.')[0] ?? ''
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!isFaulty) rerun.start(value)
      }}
    >
      <Stack gap="sm">
        <Text size="sm" fw={600}>
          Rerun <bdi>{runInWords(run)}</bdi>
        </Text>
        {note !== null && (
          <Text size="sm" className="pm-dim">
            {note}
          </Text>
        )}
        <ParameterForm
          schema={schema}
          value={value}
          onChange={setValue}
          errors={failure === null || field === '' ? {} : { [field]: failure.message }}
        />
        <CommandFailure command={rerun} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={rerun.isPending} disabled={isFaulty}>
            Rerun
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function CommandFailure({ command }: { command: Pick<RunCommand<never>, 'error'> }) {
  if (command.error === null) return null
  const { message, fix } = commandFailureOf(command.error)
  return (
    <Text size="sm" role="alert" className={classes['failure'] ?? ''}>
      {message} {fix}
    </Text>
  )
}
