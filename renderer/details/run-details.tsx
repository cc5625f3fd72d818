import { Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useDrawer, useSearchParameters } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { useFollowClock } from '../client/now.tsx'
import { knownOf } from '../client/queries.ts'
import { countText } from '../components/counts.ts'
import { Unanswered } from '../components/failure.tsx'
import { OwnershipLine } from '../components/ownership.tsx'
import { StateMark } from '../components/state-mark.tsx'
import { Name } from '../components/untrusted.tsx'
import { useJobType } from '../run-now/use-job-type.ts'
import { RunActions } from './run/run-actions.tsx'
import { answerOfRun, type RunAnswer } from './run/run-answer.ts'
import { RunArtifacts } from './run/run-artifacts.tsx'
import { RunAttempts } from './run/run-attempts.tsx'
import classes from './run/run-details.module.css'
import { RunLogs } from './run/run-logs.tsx'
import { RunParameters } from './run/run-parameters.tsx'
import { RunSteps } from './run/run-steps.tsx'
import { RunSummary } from './run/run-summary.tsx'
import { brandInWords, stateOfRun } from './run/run-words.ts'
import { useRunPalette } from './run/use-run-palette.ts'

const parts = ['summary', 'results', 'steps', 'logs', 'attempts', 'parameters'] as const
type Part = (typeof parts)[number]

/** Everything about one run: the content of its drawer. The part shown stands in the URL. */
export function RunDetails({ runId }: { runId: string }) {
  const answer = useQuery(useQueries().runs.get.queryOptions({ input: { runId } }))
  useFollowClock(answer.data?.asOf)
  const known = knownOf(answer)
  if (known !== undefined) return <Answered answer={known} />
  return (
    <Unanswered answer={answer}>
      <Bones />
    </Unanswered>
  )
}

function Answered({ answer }: { answer: RunAnswer }) {
  const { run, steps, attempts, artifacts } = answer
  const [parameters, change] = useSearchParameters()
  const { open } = useDrawer()
  useRunPalette(answer)
  const jobType = useJobType(run.jobType)
  const shown = parts.filter((one) => one !== 'results' || artifacts.length > 0)
  const part = shown.find((one) => one === parameters.get('part')) ?? 'summary'
  const labels: Readonly<Record<Part, string>> = {
    summary: 'Summary',
    results: counted('Results', artifacts.length),
    steps: counted('Steps', steps.length),
    logs: counted('Logs', run.logLines),
    attempts: counted('Attempts', attempts.length),
    parameters: 'Parameters',
  }
  return (
    <div className={classes['details']}>
      <header className={classes['head']}>
        <div className={classes['title']}>
          <StateMark withWord {...stateOfRun(run)} />
          <RunActions answer={answer} />
        </div>
        <h2 className={classes['name']}>
          <button type="button" className="pm-link" onClick={() => open({ kind: 'job', jobId: run.jobId })}>
            <Name text={run.jobName || run.jobType} />
          </button>
          <span className="pm-dim">
            {run.brand === null ? '' : 'for '}
            <bdi>{brandInWords(run.brand).slice(0, 200)}</bdi>
          </span>
        </h2>
        <p className={classes['answer']}>
          <bdi>{answerOfRun(answer, jobType?.steps.length ?? null)}</bdi>
        </p>
        {run.status === 'failed' && <OwnershipLine of={jobType} />}
      </header>
      <Tabs
        value={part}
        keepMounted={false}
        onChange={(next) => change({ part: next === 'summary' ? null : next }, { replace: true })}
        classNames={{ root: classes['tabs'] ?? '', panel: classes['panel'] ?? '', list: classes['tabList'] ?? '' }}
      >
        <Tabs.List aria-label="Parts of the run">
          {shown.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {labels[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="summary">
          <RunSummary answer={answer} />
        </Tabs.Panel>
        <Tabs.Panel value="results">
          <RunArtifacts runId={run.id} artifacts={artifacts} />
        </Tabs.Panel>
        <Tabs.Panel value="steps">
          <RunSteps answer={answer} jobType={jobType} />
        </Tabs.Panel>
        <Tabs.Panel value="logs">
          <RunLogs runId={run.id} />
        </Tabs.Panel>
        <Tabs.Panel value="attempts">
          <RunAttempts answer={answer} />
        </Tabs.Panel>
        <Tabs.Panel value="parameters">
          <RunParameters answer={answer} />
        </Tabs.Panel>
      </Tabs>
    </div>
  )
}

function counted(label: string, count: number): string {
  return count === 0 ? label : `${label} ${countText(count)}`
}

function Bones() {
  return (
    <div className={classes['head']} role="status" aria-label="Loading the run">
      {[120, 260, 420].map((width) => (
        <span key={width} className={classes['bone']} style={{ width }} />
      ))}
    </div>
  )
}
