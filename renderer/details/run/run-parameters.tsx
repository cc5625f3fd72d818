import { EmptyState } from '../../components/empty-state.tsx'
import { JsonView } from '../../components/json-view.tsx'
import type { WholeRun } from './run-answer.ts'
import classes from './run-details.module.css'

/** What the run was given. */
export function RunParameters({ run: { parameters } }: { run: WholeRun }) {
  if (parameters === null) {
    return <EmptyState title="Parameters were not recorded">The program that ran it does not keep them.</EmptyState>
  }
  if (Object.keys(parameters).length === 0) {
    return <EmptyState title="No parameters">It ran with the defaults of its job type.</EmptyState>
  }
  return (
    <div className={classes['body']}>
      <JsonView value={parameters} label="Parameters" />
    </div>
  )
}
