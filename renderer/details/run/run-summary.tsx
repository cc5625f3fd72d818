import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { formatDuration } from '../../../shared/duration.ts'
import { pagePath, useDrawer, useOrganizationId } from '../../app/places.ts'
import { countText } from '../../components/counts.ts'
import { JsonView } from '../../components/json-view.tsx'
import { LongText } from '../../components/long-text.tsx'
import { Age, Duration, Instant } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import { AgentLink } from '../../incidents/agent-link.tsx'
import { searchOfError } from './error-search.ts'
import { OutcomeQuestion } from './outcome-question.tsx'
import type { RunAnswer, WholeRun } from './run-answer.ts'
import classes from './run-details.module.css'
import { attemptInWords, brandInWords, isInProgress, problemInWords, shortened, triggerInWords } from './run-words.ts'

/** Facts of a run, its error whole, and what people did to it. */
export function RunSummary({ answer: { run, actions } }: { answer: RunAnswer }) {
  const problem = problemInWords(run.problem)
  return (
    <div className={classes['body']}>
      {problem !== null && <p className={classes['problem']}>{problem}</p>}
      {run.problem === 'outcome_unknown' && <OutcomeQuestion run={run} />}
      {run.errorMessage !== null && run.errorMessage !== '' && (
        <section aria-label="Error">
          <h3>Error</h3>
          <LongText label="Error, whole" isError>
            {run.errorMessage}
          </LongText>
          {run.status === 'failed' && <FailedAlike message={run.errorMessage} />}
        </section>
      )}
      <dl className={classes['facts']}>{factsOf(run)}</dl>
      {Object.keys(run.metadata).length > 0 && (
        <section aria-label="Metadata">
          <h3>Metadata</h3>
          <JsonView value={run.metadata} label="Metadata" />
        </section>
      )}
      {actions.length > 0 && (
        <section aria-label="What people did">
          <h3>What people did</h3>
          <ul className={classes['actions']}>
            {actions.map((action) => (
              <li key={`${action.happenedAt.getTime()} ${action.action}`}>
                <Age at={action.happenedAt} /> <Name text={action.operator} />
                <span className="pm-dim">
                  {action.action.replaceAll('_', ' ')}, by {action.door}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}

/** Whether it is only this one, or all brands: what else failed like it. */
function FailedAlike({ message }: { message: string }) {
  const organizationId = useOrganizationId()
  const text = searchOfError(message)
  if (text === null) return null
  return (
    <Link className="pm-link" href={pagePath(organizationId, 'run-history', { result: 'failed', range: '24h', text })}>
      What else failed like this in the last 24 hours
    </Link>
  )
}

function factsOf(run: WholeRun): ReactNode {
  const cancelled =
    run.cancelRequestedAt === null ? null : (
      <>
        <Instant at={run.cancelRequestedAt} zone={run.timeZone} />
        {run.cancelRequestedBy === null ? null : (
          <span className="pm-dim">
            by <bdi>{shortened(run.cancelRequestedBy, 200)}</bdi>
          </span>
        )}
      </>
    )
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Job type', <Name key="type" text={run.jobType} />],
    ['Brand', <Name key="brand" text={brandInWords(run.brand)} />],
    ['Asked for by', askedBy(run)],
    ['Attempt', attemptInWords(run.attempt, run.maxRetries).replace('attempt ', '')],
    [
      'Agent',
      run.agent === null ? (
        <Name key="agent" text={null} none="another program" />
      ) : (
        <AgentLink key="agent" agent={run.agent} />
      ),
    ],
    ['Scheduled for', <Instant key="scheduled" at={run.scheduledFor} zone={run.timeZone} none="as soon as possible" />],
    ['Started', <StartedAt key="started" run={run} />],
    [
      'Ended',
      <Instant
        key="ended"
        at={run.completedAt}
        zone={run.timeZone}
        none={isInProgress(run.status) ? 'not yet' : 'not recorded'}
      />,
    ],
    [
      'Duration',
      <Duration key="duration" ms={run.durationMs} since={isInProgress(run.status) ? run.startedAt : null} />,
    ],
    ['Records', <Records key="records" records={run.records} />],
    ...(run.continuesRunId === null
      ? []
      : [['Continues', <ContinuedRun key="continues" runId={run.continuesRunId} />] as const]),
    ...(cancelled === null ? [] : [['Cancel asked for', cancelled] as const]),
    [
      'Run',
      <code key="run" className="pm-mono">
        {run.id}
      </code>,
    ],
  ]
  return facts.map(([name, value]) => (
    <div key={name}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  ))
}

function ContinuedRun({ runId }: { runId: string }) {
  const { open } = useDrawer()
  return (
    <button type="button" className="pm-link" onClick={() => open({ kind: 'run', runId })}>
      run <span className="pm-mono">{runId.slice(-8)}</span>
    </button>
  )
}

function askedBy({ triggerSource, requestedBy }: WholeRun): ReactNode {
  return (
    <>
      {triggerInWords(triggerSource)}
      {requestedBy !== null && (
        <span className="pm-dim">
          · <bdi>{shortened(requestedBy, 200)}</bdi>
        </span>
      )}
    </>
  )
}

function Records({ records }: { records: number | null }) {
  return records === null ? <span className="pm-dim">not counted</span> : <span>{countText(records)}</span>
}

/** With how late it was, from a second on. */
function StartedAt({ run }: { run: WholeRun }) {
  const { startedAt, scheduledFor } = run
  const late = startedAt === null || scheduledFor === null ? 0 : startedAt.getTime() - scheduledFor.getTime()
  return (
    <>
      <Instant at={startedAt} zone={run.timeZone} none="not yet" />
      {late >= 1_000 && <span className="pm-dim">{formatDuration(late)} late</span>}
    </>
  )
}
