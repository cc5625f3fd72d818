import { Button, Group, Tooltip } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import { ChangesList } from '../../components/changes-list.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'
import { changesOfPuttingBack, hidesParameters, valuesBefore, whyNotPutBack } from './earlier-values.ts'
import { ScheduleConflict } from './edit/conflict.tsx'
import { type Draft, laidOver } from './edit/draft.ts'
import { valuesOf } from './edit/schedule-values.ts'
import { useSaveSchedule } from './edit/use-save-schedule.ts'
import classes from './job-history.module.css'
import type { HistoryEntry } from './job-history.tsx'

export interface PutBackProps {
  readonly job: JobRow
  readonly entry: HistoryEntry
}

/** What an edit changed as it was before: shown first, saved as any edit is, with the same conflict and the same Undo. */
export function PutBack({ job, entry }: PutBackProps) {
  /** The job as it was when this was opened: what is shown is what is saved. Null while it is closed. */
  const [seen, setSeen] = useState<JobRow | null>(null)
  const button = useRef<HTMLButtonElement>(null)
  const refused = whyNotPutBack(job, entry)
  const whyNot = useWhyNot()
  const close = (): void => {
    setSeen(null)
    button.current?.focus()
  }
  if (seen === null && refused !== null) return <span className="pm-dim">{refused}</span>
  return (
    <>
      <Tooltip label={whyNot} disabled={whyNot === null}>
        <Button
          ref={button}
          variant="subtle"
          size="compact-sm"
          aria-expanded={seen !== null}
          aria-disabled={whyNot !== null}
          data-disabled={whyNot !== null || undefined}
          onClick={() => {
            if (whyNot === null) setSeen(seen === null ? job : null)
          }}
        >
          Put this back
        </Button>
      </Tooltip>
      {seen !== null && <Preview seen={seen} entry={entry} onClose={close} />}
    </>
  )
}

function Preview({ seen, entry, onClose }: { seen: JobRow; entry: HistoryEntry; onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>(() => ({
    values: valuesBefore(seen, entry),
    base: valuesOf(seen),
    version: seen.version,
    requestId: '',
    unanswered: null,
  }))
  const { isPending, failure, theirs, save, settle } = useSaveSchedule(onClose, () => undefined)
  const group = useRef<HTMLDivElement>(null)
  useEffect(() => group.current?.focus(), [])
  const keepMine = (): void => {
    if (theirs === null) return
    const next = laidOver(draft, theirs)
    settle()
    setDraft(next)
    save(seen.id, next)
  }
  return (
    <div ref={group} className={classes['preview']} role="group" aria-label="Put this back" tabIndex={-1}>
      {theirs === null ? (
        <>
          <p>Putting it back changes:</p>
          <ChangesList changes={changesOfPuttingBack(seen, entry)} isWhole />
          {hidesParameters(entry) && (
            <p className="pm-dim">Its parameters of then cannot be shown and stay as they are.</p>
          )}
          {failure !== null && (
            <p role="alert">
              {failure.message} {failure.fix}
            </p>
          )}
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              Leave it
            </Button>
            <Button loading={isPending} onClick={() => save(seen.id, draft)}>
              Put it back
            </Button>
          </Group>
        </>
      ) : (
        <ScheduleConflict theirs={theirs} draft={draft} onTakeTheirs={onClose} onKeepMine={keepMine} />
      )}
    </div>
  )
}
