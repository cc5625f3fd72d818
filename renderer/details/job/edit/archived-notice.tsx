import { Button } from '@mantine/core'
import type { JobRow } from '../../../../shared/contract/jobs.ts'
import { Age } from '../../../components/time.tsx'
import { useJobAction } from '../../../jobs/use-job-actions.ts'
import { useWhyNot } from '../../../run-now/why-not.ts'
import classes from './schedule-editor.module.css'

export interface ArchivedNoticeProps {
  readonly job: JobRow
  /** By whom and when, if a person did it. */
  readonly archived: { readonly operator: string; readonly happenedAt: Date } | undefined
}

/** The schedule was archived while it was edited: what was typed stays, and can be saved once it is restored. */
export function ArchivedNotice({ job, archived }: ArchivedNoticeProps) {
  const act = useJobAction()
  const whyNot = useWhyNot()
  return (
    <div className={classes['kept']} role="alert">
      <span>
        Archived meanwhile
        {archived !== undefined && (
          <>
            {' by '}
            <bdi>{archived.operator.slice(0, 100)}</bdi>, <Age at={archived.happenedAt} />
          </>
        )}
        . Restore it to save what you typed.
      </span>
      <Button
        variant="default"
        disabled={whyNot !== null}
        title={whyNot ?? undefined}
        onClick={() => act('restore', job)}
      >
        Restore
      </Button>
    </div>
  )
}
