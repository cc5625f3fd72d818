import type { CatalogJobType } from '../../../shared/contract/catalog.ts'
import type { RunStepRow } from '../../../shared/contract/runs.ts'
import { useDrawer } from '../../app/places.ts'
import { counted, countText } from '../../components/counts.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { LongText } from '../../components/long-text.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { StepGantt } from '../../components/step-gantt.tsx'
import { Duration } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import type { RunAnswer, WholeRun } from './run-answer.ts'
import classes from './run-details.module.css'
import { isInProgress, stateOfWord } from './run-words.ts'

/** The steps of a run in order: when each ran, what it did, what it refreshed; then those that have not begun. */
export function RunSteps({ answer: { run, steps }, jobType }: { answer: RunAnswer; jobType: CatalogJobType | null }) {
  const begun = new Set(steps.map(({ key }) => key))
  const coming = isInProgress(run.status) ? (jobType?.steps ?? []).filter(({ key }) => !begun.has(key)) : []
  if (steps.length === 0 && coming.length === 0) {
    return (
      <EmptyState title="No steps">Its steps were not recorded: it never began, or another program ran it.</EmptyState>
    )
  }
  return (
    <div className={classes['body']}>
      <p className={classes['legend']}>
        <span>
          <i className={classes['solid']} aria-hidden /> fatal: its failure fails the run
        </span>
        <span>
          <i className={classes['outlined']} aria-hidden /> not fatal: a warning
        </span>
      </p>
      <ol className={classes['steps']}>
        {steps.map((step) => (
          <Step key={step.position} step={step} run={run} />
        ))}
        {coming.map(({ key, fatal }) => (
          <li key={key} className={classes['step']}>
            <div className={classes['stepHead']}>
              <StateMark state="pending" word="Not begun" />
              <Name text={key} />
              <span className="pm-dim">{fatal ? 'fatal' : 'not fatal'}, not begun</span>
            </div>
          </li>
        ))}
      </ol>
    </div>
  )
}

function Step({ step, run }: { step: RunStepRow; run: WholeRun }) {
  const { state, word } = stateOfWord(step.status)
  const isRunning = step.status === 'running'
  return (
    <li className={classes['step']}>
      <div className={classes['stepHead']}>
        <StateMark state={state} word={word} />
        <strong className={classes['stepName']}>
          <Name text={step.key} />
        </strong>
        <span className="pm-dim">{step.fatal ? 'fatal' : 'not fatal'}</span>
        <span className={classes['spacer']} />
        <span>{word}</span>
        <Duration
          ms={
            step.startedAt === null || step.completedAt === null
              ? null
              : step.completedAt.getTime() - step.startedAt.getTime()
          }
          since={isRunning ? step.startedAt : null}
        />
      </div>
      <StepGantt
        step={step}
        startedAt={run.startedAt}
        completedAt={isInProgress(run.status) ? null : run.completedAt}
      />
      <Skipped step={step} />
      <StepFacts step={step} run={run} />
      {step.error !== null && step.error !== '' && (
        <LongText label={`Error of ${step.key.slice(0, 100)}`} isError>
          {step.error}
        </LongText>
      )}
    </li>
  )
}

/** Why it was left out; what an earlier run has done leads there. */
function Skipped({ step: { status, doneBy, metadata } }: { step: RunStepRow }) {
  const { open } = useDrawer()
  if (status !== 'skipped') return null
  if (doneBy !== null) {
    return (
      <div className={classes['stepFacts']}>
        <span>
          Done by{' '}
          <button type="button" className="pm-link" onClick={() => open({ kind: 'run', runId: doneBy })}>
            run <span className="pm-mono">{doneBy.slice(-8)}</span>
          </button>
        </span>
      </div>
    )
  }
  const reason = metadata['skipped']
  return typeof reason === 'string' ? (
    <div className={classes['stepFacts']}>
      <span className="pm-dim">
        <bdi>{reason.slice(0, 300)}</bdi>
      </span>
    </div>
  ) : null
}

function StepFacts({ step, run }: { step: RunStepRow; run: WholeRun }) {
  const { open } = useDrawer()
  const { dataset, records, done, total } = step
  const { brand } = run
  if (dataset === null && records === null && done === null) return null
  return (
    <div className={classes['stepFacts']}>
      {done !== null && (
        <span className={classes['progress']}>
          {total !== null && total > 0 && (
            <progress max={total} value={Math.min(done, total)} aria-label={`Progress of ${step.key.slice(0, 100)}`} />
          )}
          {countText(done)}
          {total === null ? '' : ` of ${countText(total)}`}
        </span>
      )}
      {records !== null && <span>{counted(records, 'record')}</span>}
      {dataset !== null && brand !== null && (
        <button type="button" className="pm-link" onClick={() => open({ kind: 'dataset', brandId: brand.id, dataset })}>
          <Name text={dataset} />
        </button>
      )}
      {dataset !== null && brand === null && <Name text={dataset} />}
    </div>
  )
}
