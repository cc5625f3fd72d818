import { Button, Group, NumberInput, Popover, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { decisionInWords } from '../../../shared/run-decision.ts'
import { useQueries } from '../../client/context.tsx'
import { useDatabaseClock } from '../../client/now.tsx'
import { commandFailureOf, knownOf } from '../../client/queries.ts'
import { counted } from '../../components/counts.ts'
import { FormDropdown, FormPopover } from '../../components/form-popover.tsx'
import { Instant, useShownZone } from '../../components/time.tsx'
import { instantOfField } from '../../incidents/snooze-times.ts'
import { useWhyNot } from '../../run-now/why-not.ts'
import type { WholeRun } from './run-answer.ts'
import classes from './run-details.module.css'
import { runInWords, shortened } from './run-words.ts'
import { useConfirmRun } from './use-confirm-run.ts'

/** The same of a run that is only named; nothing while it is not known, and where nobody has to say anything. */
export function OutcomeQuestionOf({ runId }: { runId: string }) {
  const answer = useQuery(useQueries().runs.get.queryOptions({ input: { runId } }))
  const run = knownOf(answer)?.run
  return run?.problem === 'outcome_unknown' ? <OutcomeQuestion run={run} /> : null
}

/** J5: nobody knows whether the run did its work. Asks, or shows what somebody has found out. */
export function OutcomeQuestion({ run }: { run: WholeRun }) {
  if (run.decision !== null) return <Decided run={run} decision={run.decision} />
  return (
    <section aria-label="Was it done?" className={classes['guidance']}>
      <div>
        The run ended in the middle of a step that must not be repeated, so nobody knows whether its work was done. Look
        at the source first. Nothing is tried again by itself.
      </div>
      <Group gap={8} mt={8}>
        <DoneButton run={run} />
        <NotDoneButton run={run} />
      </Group>
    </section>
  )
}

function Decided({ run, decision }: { run: WholeRun; decision: NonNullable<WholeRun['decision']> }) {
  const { at, doneAt, note, records } = decision
  return (
    <section aria-label="What was found out" className={classes['guidance']}>
      <strong>
        <bdi>{decisionInWords({ ...decision, by: shortened(decision.by, 80) })}</bdi>
      </strong>{' '}
      <Instant at={at} zone={run.timeZone} />
      {doneAt !== null && (
        <div>
          Its data counts as of <Instant at={doneAt} zone={run.timeZone} />
          {records === null ? '' : `, ${counted(records, 'record')}`}
        </div>
      )}
      {note !== null && (
        <div>
          <bdi>{note}</bdi>
        </div>
      )}
    </section>
  )
}

function DoneButton({ run }: { run: WholeRun }) {
  const [isOpen, setIsOpen] = useState(false)
  const whyNot = useWhyNot()
  return (
    <FormPopover opened={isOpen} onChange={setIsOpen} position="bottom-start" width={320}>
      <Popover.Target>
        <Button disabled={whyNot !== null} title={whyNot ?? undefined} onClick={() => setIsOpen(!isOpen)}>
          It was done…
        </Button>
      </Popover.Target>
      <FormDropdown label="It was done">
        {isOpen && <DoneForm run={run} onClose={() => setIsOpen(false)} />}
      </FormDropdown>
    </FormPopover>
  )
}

function DoneForm({ run, onClose }: { run: WholeRun; onClose: () => void }) {
  const clock = useDatabaseClock()
  const { zone } = useShownZone()
  const [time, setTime] = useState('')
  const [records, setRecords] = useState<number | string>('')
  const [note, setNote] = useState('')
  const confirm = useConfirmRun(run.id, onClose)
  const doneAt = instantOfField(time, zone)
  const isFuture = doneAt !== null && doneAt > clock.now()
  const isUnread = time !== '' && doneAt === null
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (isFuture || isUnread) return
        confirm.start({
          outcome: 'done',
          ...(doneAt === null ? {} : { doneAt: doneAt.toISOString() }),
          ...(typeof records === 'number' ? { records } : {}),
          ...(note.trim() === '' ? {} : { note: note.trim() }),
        })
      }}
    >
      <Stack gap="sm">
        <Text size="sm">
          The work of <bdi>{runInWords(run)}</bdi> is there. The job goes on with its next run; nothing is done again.
        </Text>
        <TextInput
          type="datetime-local"
          label={`The data counts as of (${zone})`}
          description="Left empty: when the run started."
          value={time}
          error={isFuture ? 'This is in the future.' : isUnread ? 'This is no time.' : null}
          onChange={(event) => setTime(event.currentTarget.value)}
        />
        <NumberInput
          label="Records, where you know"
          min={0}
          allowDecimal={false}
          allowNegative={false}
          value={records}
          onChange={setRecords}
        />
        <Textarea
          label="Note"
          maxLength={2_000}
          autosize
          minRows={2}
          maxRows={6}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Refused error={confirm.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={confirm.isPending} disabled={isFuture || isUnread}>
            It was done
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function NotDoneButton({ run }: { run: WholeRun }) {
  const [isOpen, setIsOpen] = useState(false)
  const whyNot = useWhyNot()
  const confirm = useConfirmRun(run.id, () => setIsOpen(false))
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-start" trapFocus returnFocus width={320}>
      <Popover.Target>
        <Button
          variant="default"
          disabled={whyNot !== null}
          title={whyNot ?? undefined}
          onClick={() => setIsOpen(!isOpen)}
        >
          It was not done: run again
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="It was not done">
        <Stack gap="sm">
          <Text size="sm">
            Run <bdi>{runInWords(run)}</bdi> again from the beginning? If its work was done after all, it is done twice.
          </Text>
          <Refused error={confirm.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" data-autofocus onClick={() => setIsOpen(false)}>
              Cancel
            </Button>
            <Button loading={confirm.isPending} onClick={() => confirm.start({ outcome: 'not_done' })}>
              Run again
            </Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

function Refused({ error }: { error: Error | null }) {
  if (error === null) return null
  const { message, fix } = commandFailureOf(error)
  return (
    <Text size="sm" role="alert" className={classes['failure'] ?? ''}>
      {message} {fix}
    </Text>
  )
}
