import { ActionIcon, Button, Group, Popover, Stack, Text, Tooltip } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { CatalogJobType } from '../../shared/contract/catalog.ts'
import type { JsonObject } from '../../shared/domain.ts'
import { useCommands } from '../app/commands.tsx'
import { useOrganizationId } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { useIntents } from '../client/intents.ts'
import { type CallFailure, commandFailureOf } from '../client/queries.ts'
import { FormDropdown, FormPopover } from '../components/form-popover.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { useIsThere } from '../components/use-is-there.ts'
import { faultOf, fieldsOf, parametersInWords } from './parameter-fields.ts'
import { ParameterForm } from './parameter-form.tsx'
import classes from './run-now.module.css'
import { useJobType } from './use-job-type.ts'
import { useWhyNot } from './why-not.ts'

export interface RunNowProps {
  /** Null = a platform-level job. */
  readonly brandId: string | null
  readonly brandName: string | null
  readonly jobType: string
  /** The job whose work it is, by whose rules it runs; absent = by the usual ones. */
  readonly jobId?: string
  /** What the form starts from; absent = the defaults of the schema. */
  readonly parameters?: JsonObject
  /** `Run now` unless the button does something more specific, such as `Fix`. */
  readonly label?: string
  /** Why it cannot be pressed; shown on hover and focus. */
  readonly disabledReason?: string | null
  readonly priority?: 'normal' | 'urgent'
  /** What the palette calls the same; absent = it is not offered there. */
  readonly command?: string
  /** Handed the job that was made. */
  readonly onQueued?: (jobId: string) => void
}

/**
 * Starts work: the button runs it at once with the parameters that its tooltip names, the arrow beside it shows them first. A double
 * click starts one run. Says what it waits behind.
 */
export function RunNowButton(props: RunNowProps) {
  const { jobType, parameters = {}, label = 'Run now', command } = props
  const [isOpen, setIsOpen] = useState(false)
  const isThere = useIsThere()
  const known = useJobType(jobType)
  const reason = useReason(props, known)
  const queue = useQueue(
    props,
    () => setIsOpen(false),
    // The form says it itself, while it is there.
    (error) => (!isOpen || !isThere()) && notifyFailure(error),
  )
  const schema = known?.parameters ?? {}
  const needsInput = fieldsOf(schema).some((field) => faultOf(field, parameters[field.name] ?? field.usual) !== null)
  const words = `${jobType}, ${parametersInWords(schema, parameters)}`
  const begin = (): void => {
    if (needsInput) setIsOpen(true)
    else queue.start(parameters)
  }
  useCommands(
    command === undefined
      ? []
      : [{ id: `run-now ${jobType} ${command}`, label: command, disabledReason: reason, run: begin }],
  )
  return (
    <Group gap={1} wrap="nowrap" className={classes['pair'] ?? ''}>
      <Tooltip label={reason ?? words} multiline maw={360}>
        <Button
          variant="default"
          loading={queue.isPending}
          data-disabled={reason !== null || undefined}
          aria-disabled={reason !== null}
          aria-label={`${label}: ${jobType}${props.brandName === null ? '' : ` for ${props.brandName}`}`}
          onClick={reason === null ? begin : undefined}
        >
          {label}
        </Button>
      </Tooltip>
      <FormPopover opened={isOpen} onChange={setIsOpen} width={340}>
        <Popover.Target>
          <ActionIcon
            variant="default"
            size={30}
            aria-label={`Parameters of ${jobType}`}
            disabled={reason !== null}
            onClick={() => setIsOpen(!isOpen)}
          >
            <IconChevronDown size={14} />
          </ActionIcon>
        </Popover.Target>
        <FormDropdown>
          <RunForm {...props} schema={schema} start={parameters} queue={queue} onCancel={() => setIsOpen(false)} />
        </FormDropdown>
      </FormPopover>
    </Group>
  )
}

function useReason({ disabledReason = null, jobType }: RunNowProps, known: CatalogJobType | null): string | null {
  const whyNot = useWhyNot()
  if (whyNot !== null) return whyNot
  if (disabledReason !== null) return disabledReason
  if (known === null || known.isRunnable) return null
  return `No agent can run ${jobType} now. ${known.setUp ?? 'Add an executor for it on one agent.'}`
}

interface Queue {
  readonly isPending: boolean
  readonly failure: CallFailure | null
  readonly start: (parameters: JsonObject) => void
}

function useQueue(
  { brandId, jobType, jobId, priority = 'normal', onQueued }: RunNowProps,
  onStarted: () => void,
  onError: (error: unknown) => void,
): Queue {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const cache = useQueryClient()
  const intents = useIntents()
  const mutation = useMutation(
    queries.jobs.queue.mutationOptions({
      onError,
      onSuccess: ({ job, message, waitsBehind }) => {
        const waits = waitsBehind === null ? '' : ` It waits for the run of ${waitsBehind.jobName} that is in progress.`
        notifyDone(`${message}${waits}`)
        onStarted()
        onQueued?.(job.id)
        return cache.invalidateQueries({ queryKey: queries.jobs.key() })
      },
    }),
  )
  return {
    isPending: mutation.isPending,
    failure: mutation.error === null ? null : commandFailureOf(mutation.error),
    start: (parameters) => {
      const work = { organizationId, brandId, jobType, likeJobId: jobId ?? null, parameters, priority }
      intents.send(work, (requestId) => mutation.mutateAsync({ ...work, requestId }))
    },
  }
}

function RunForm(props: RunNowProps & { schema: JsonObject; start: JsonObject; queue: Queue; onCancel: () => void }) {
  const { brandName, jobType, schema, start, queue, onCancel, label = 'Run now' } = props
  const [value, setValue] = useState(start)
  const faults = fieldsOf(schema).filter((field) => faultOf(field, value[field.name] ?? field.usual) !== null)
  const { failure } = queue
  const field = failure?.field?.replace(/^parameters\.?/, '').split('.')[0] ?? ''
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (faults.length === 0) queue.start(value)
      }}
    >
      <Stack gap="sm">
        <Text size="sm" fw={600}>
          {jobType}
          {brandName !== null && (
            <>
              {' for '}
              <bdi>{brandName}</bdi>
            </>
          )}
        </Text>
        <ParameterForm
          schema={schema}
          value={value}
          onChange={setValue}
          errors={failure === null || field === '' ? {} : { [field]: failure.message }}
        />
        {failure !== null && (
          <Text size="sm" role="alert" className={classes['failure'] ?? ''}>
            {failure.message} {failure.fix}
          </Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={queue.isPending} disabled={faults.length > 0}>
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
