import { Button, Group } from '@mantine/core'
import type { JobRow } from '../../../../shared/contract/jobs.ts'
import type { Draft } from './draft.ts'
import classes from './schedule-editor.module.css'
import { differences, fieldLabels, type ScheduleField, valueInWords, valuesOf } from './schedule-values.ts'

export interface ConflictProps {
  readonly theirs: JobRow
  readonly draft: Draft
  readonly onTakeTheirs: () => void
  readonly onKeepMine: () => void
}

/** Two people changed one schedule: what each of them made of it, side by side, and which one is to count. */
export function Conflict({ theirs, draft, onTakeTheirs, onKeepMine }: ConflictProps) {
  const saved = valuesOf(theirs)
  const changedByThem = differences(draft.base, saved)
  const changedByMe = differences(draft.base, draft.values)
  const fields = [...new Set<ScheduleField>([...changedByThem, ...changedByMe])]
  return (
    <section className={classes['conflict']} role="alert" aria-label="Conflict">
      <strong>Somebody else saved this schedule first (version {theirs.version}).</strong>
      <div className={classes['wide']}>
        <table>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Theirs</th>
              <th scope="col">Yours</th>
            </tr>
          </thead>
          <tbody>
            {fields.map((field) => (
              <tr key={field}>
                <th scope="row">{fieldLabels[field]}</th>
                <td>
                  <Side isChanged={changedByThem.includes(field)} text={valueInWords(saved, field)} />
                </td>
                <td>
                  <Side isChanged={changedByMe.includes(field)} text={valueInWords(draft.values, field)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>“Keep mine” saves what you changed; what only they changed stays theirs.</p>
      <Group gap="xs">
        <Button variant="default" onClick={onTakeTheirs}>
          Take theirs
        </Button>
        <Button onClick={onKeepMine}>Keep mine</Button>
      </Group>
    </section>
  )
}

function Side({ isChanged, text }: { isChanged: boolean; text: string }) {
  return isChanged ? <bdi>{text.slice(0, 400)}</bdi> : <span className="pm-dim">not changed</span>
}
