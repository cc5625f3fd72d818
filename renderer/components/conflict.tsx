import { Button, Group } from '@mantine/core'
import classes from './conflict.module.css'

export interface ConflictRow {
  readonly label: string
  /** In words; null = this side did not change it. */
  readonly theirs: string | null
  readonly mine: string | null
}

export interface ConflictProps {
  /** "Somebody else saved this schedule first." */
  readonly title: string
  readonly rows: readonly ConflictRow[]
  readonly onTakeTheirs: () => void
  readonly onKeepMine: () => void
}

/** Two people changed one thing: what each of them made of it, side by side, and which one is to count. */
export function Conflict({ title, rows, onTakeTheirs, onKeepMine }: ConflictProps) {
  return (
    <section className={classes['conflict']} role="alert" aria-label="Conflict">
      <strong>{title}</strong>
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
            {rows.map(({ label, theirs, mine }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td>
                  <Side text={theirs} />
                </td>
                <td>
                  <Side text={mine} />
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

function Side({ text }: { text: string | null }) {
  return text === null ? <span className="pm-dim">not changed</span> : <bdi>{text.slice(0, 400)}</bdi>
}
