import { Button, Group, Skeleton } from '@mantine/core'
import { useState } from 'react'
import { useCommands } from '../../../app/commands.tsx'
import { Failure } from '../../../components/failure.tsx'
import { useKeptFocus } from '../../../components/kept-focus.ts'
import { useWhyNot } from '../../../run-now/why-not.ts'
import classes from '../../page.module.css'
import { CheckDetails } from './check-details.tsx'
import { CheckForm } from './check-form.tsx'
import { useChecks } from './check-list.ts'
import type { Check } from './check-values.ts'
import { ChecksTable } from './checks-table.tsx'

/** Jobs that call an address when they begin, end or fail. One is edited, and one looked at, at a time. */
export function PingsSection() {
  const { data, error, refetch } = useChecks()
  /** As it was when its edit began; `'new'`: one that is not there yet. */
  const [edited, setEdited] = useState<Check | 'new' | null>(null)
  const [shownId, setShownId] = useState<string | null>(null)
  const whyNot = useWhyNot()
  const keptFocus = useKeptFocus()
  const checks = data?.checks
  useCommands([
    {
      id: 'pings.new',
      label: 'Add a check',
      disabledReason: whyNot ?? (edited === null ? null : 'a form is open'),
      run: () => setEdited('new'),
    },
  ])
  const shown = checks?.find(({ id }) => id === shownId)
  return (
    <section className={classes['section']} aria-labelledby="pings" {...keptFocus}>
      <Group justify="space-between" wrap="nowrap">
        <h2 id="pings">Pings</h2>
        <Button
          variant="default"
          disabled={whyNot !== null || edited !== null}
          title={whyNot ?? undefined}
          onClick={() => setEdited('new')}
        >
          Add a check
        </Button>
      </Group>
      <p>
        Whatever runs elsewhere calls an address when it begins, ends or fails: a line in a crontab is enough. Each
        check keeps one dataset fresh. The addresses are those of Healthchecks, so its clients work here too.
      </p>
      {edited !== null && (
        <CheckForm
          key={edited === 'new' ? 'new' : edited.id}
          check={edited === 'new' ? null : edited}
          onSaved={setShownId}
          onClose={() => setEdited(null)}
        />
      )}
      {error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {checks === undefined && error === null && <Skeleton height={72} />}
      {checks?.length === 0 && edited === null && (
        <p>No job is expected to ping yet. Add a check for each job that this agent does not run itself.</p>
      )}
      {checks !== undefined && checks.length > 0 && (
        <ChecksTable
          checks={checks}
          shownId={shownId}
          isEditing={edited !== null}
          onEdit={setEdited}
          onShow={(id) => setShownId(id === shownId ? null : id)}
        />
      )}
      {shown !== undefined && <CheckDetails key={shown.id} check={shown} />}
    </section>
  )
}
