import { EmptyState } from '../../components/empty-state.tsx'
import { JsonView } from '../../components/json-view.tsx'
import type { RunAnswer } from './run-answer.ts'
import classes from './run-details.module.css'

/** What the run was given; where it does not say, what a rerun would be. */
export function RunParameters({ answer: { run, rerun } }: { answer: RunAnswer }) {
  const { parameters } = run
  if (parameters === null) return <NotRecorded rerun={rerun} />
  if (Object.keys(parameters).length === 0) {
    return <EmptyState title="No parameters">It ran with the defaults of its job type.</EmptyState>
  }
  return (
    <div className={classes['body']}>
      <JsonView value={parameters} label="Parameters" />
    </div>
  )
}

function NotRecorded({ rerun: { parameters, parametersReadable } }: Pick<RunAnswer, 'rerun'>) {
  const hasAny = Object.keys(parameters).length > 0
  const uses = !parametersReadable
    ? 'Those of its job cannot be read.'
    : hasAny
      ? 'A rerun uses those of its job:'
      : 'Its job has none: a rerun uses the defaults of the job type.'
  return (
    <>
      <EmptyState title="Parameters were not recorded">The program that ran it does not keep them. {uses}</EmptyState>
      {hasAny && (
        <div className={classes['body']}>
          <JsonView value={parameters} label="Parameters of the job" />
        </div>
      )}
    </>
  )
}
