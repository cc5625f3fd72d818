import type { InferContractRouterOutputs } from '@orpc/contract'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Contract } from '../../shared/contract/index.ts'
import { useDrawer } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { useFollowClock } from '../client/now.tsx'
import { knownOf } from '../client/queries.ts'
import { countText } from '../components/counts.ts'
import { Unanswered } from '../components/failure.tsx'
import { JsonView } from '../components/json-view.tsx'
import { LongText } from '../components/long-text.tsx'
import { StateMark } from '../components/state-mark.tsx'
import { Duration, Instant } from '../components/time.tsx'
import { Name } from '../components/untrusted.tsx'
import own from './external/external-run.module.css'
import { producerInWords, stateOfExternal, stepsInWords } from './external/external-words.ts'
import classes from './run/run-details.module.css'
import { shortened } from './run/run-words.ts'

type Answer = InferContractRouterOutputs<Contract>['externalRuns']['get']

/** What another program has told of one of its runs: the content of its drawer. */
export function ExternalRunDetails({ runId }: { runId: string }) {
  const answer = useQuery(useQueries().externalRuns.get.queryOptions({ input: { runId } }))
  useFollowClock(answer.data?.asOf)
  const known = knownOf(answer)
  if (known !== undefined) return <Answered answer={known} />
  return (
    <Unanswered answer={answer}>
      <div className={classes['head']} role="status" aria-label="Loading the run" />
    </Unanswered>
  )
}

function Answered({ answer }: { answer: Answer }) {
  const { run, parent, steps, inputs, outputs } = answer
  return (
    <div className={`${classes['details']} ${own['scrolled']}`}>
      <header className={classes['head']}>
        <div className={classes['title']}>
          <StateMark withWord {...stateOfExternal(run)} />
        </div>
        <h2 className={classes['name']}>
          <Name text={run.jobName} />
        </h2>
        <p className={classes['answer']}>
          <bdi>{sentenceOf(answer)}</bdi>
        </p>
      </header>
      <div className={classes['body']}>
        {run.errorMessage !== null && <Whole title="Error" text={run.errorMessage} />}
        <dl className={classes['facts']}>{factsOf(answer)}</dl>
        {parent !== null && (
          <section aria-label="Part of">
            <h3>Part of</h3>
            <Opener runId={parent.id} text={parent.jobName} />
          </section>
        )}
        {steps.length > 0 && <Steps steps={steps} />}
        {outputs.length > 0 && <Datasets title="Writes" datasets={outputs} />}
        {inputs.length > 0 && <Datasets title="Reads" datasets={inputs} />}
        {run.log !== null && <Whole title="Log" text={run.log} />}
        {Object.keys(run.facets).length > 0 && (
          <section aria-label="Facets">
            <h3>Facets</h3>
            <JsonView value={run.facets} label="Facets" />
          </section>
        )}
      </div>
    </div>
  )
}

function sentenceOf({ run, steps }: Answer): string {
  const who = producerInWords(run)
  if (run.status === null) return `${who} has told of it, and not how it goes.`
  const parts = steps.length === 0 ? '' : ` ${stepsInWords(run)}.`
  const words = {
    running: 'says that it runs',
    completed: 'has completed it',
    failed: 'says that it failed',
    cancelled: 'has stopped it',
  }
  return `${who} ${words[run.status]}.${parts}`
}

function factsOf({ run }: Answer): ReactNode {
  const interval =
    run.nominalStartAt === null && run.nominalEndAt === null ? null : (
      <>
        <Instant at={run.nominalStartAt} none="not told" /> to <Instant at={run.nominalEndAt} none="not told" />
      </>
    )
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Producer', <Name key="producer" text={run.producer} />],
    ['Namespace', <Name key="namespace" text={run.jobNamespace} />],
    ...(run.brand === null ? [] : [['Brand', <Name key="brand" text={run.brand.name} />] as const]),
    ['Started', <Instant key="started" at={run.startedAt} none="not told" />],
    ['Ended', <Instant key="ended" at={run.completedAt} none={run.status === 'running' ? 'not yet' : 'not told'} />],
    [
      'Duration',
      <Duration key="duration" ms={run.durationMs} since={run.status === 'running' ? run.startedAt : null} />,
    ],
    ['Last heard of', <Instant key="last" at={run.lastEventAt} />],
    ...(interval === null ? [] : [['Data of', interval] as const]),
    ['Records', run.records === null ? <Name key="records" text={null} none="not counted" /> : countText(run.records)],
    [
      'Their run',
      <code key="run" className="pm-mono">
        {shortened(run.runKey, 200)}
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

function Opener({ runId, text }: { runId: string; text: string }) {
  const { open } = useDrawer()
  return (
    <button type="button" className="pm-link" onClick={() => open({ kind: 'external', externalRunId: runId })}>
      <Name text={text} />
    </button>
  )
}

function Steps({ steps }: { steps: Answer['steps'] }) {
  return (
    <section aria-label="Steps">
      <h3>Steps</h3>
      <ul className={own['list']}>
        {steps.map((step) => (
          <li key={step.id}>
            <StateMark withWord {...stateOfExternal(step)} />
            <Opener runId={step.id} text={step.jobName} />
            <Duration ms={step.durationMs} since={step.status === 'running' ? step.startedAt : null} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Datasets({ title, datasets }: { title: string; datasets: Answer['outputs'] }) {
  const { open } = useDrawer()
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul className={own['list']}>
        {datasets.map(({ namespace, name, rows, mapped }) => (
          <li key={`${namespace}\n${name}`}>
            <span className={own['name']}>
              <bdi>{shortened(name, 200)}</bdi> <bdi className="pm-dim">{shortened(namespace, 200)}</bdi>
            </span>
            {rows !== null && <span>{countText(rows)} rows</span>}
            {mapped !== null && (
              <button
                type="button"
                className="pm-link"
                onClick={() => open({ kind: 'dataset', brandId: mapped.brand.id, dataset: mapped.dataset })}
              >
                <Name text={`${mapped.dataset} of ${mapped.brand.name}`} />
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Whole({ title, text }: { title: string; text: string }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <LongText label={`${title}, whole`} isError={title === 'Error'}>
        {text}
      </LongText>
    </section>
  )
}
