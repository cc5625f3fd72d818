import type { ReactNode } from 'react'
import { type Opened, useDrawer } from '../../app/places.ts'
import { RunbookLink } from '../../components/ownership.tsx'
import { Age } from '../../components/time.tsx'
import { TimesInText } from '../../components/times-in-text.tsx'
import { Name } from '../../components/untrusted.tsx'
import { AgentLink } from '../../incidents/agent-link.tsx'
import { incidentInWords } from '../../incidents/incident-words.ts'
import type { WholeIncident } from './incident-answer.ts'
import classes from './incident-details.module.css'

/** Since when, who is on it, and the things it is about, each a link. */
export function IncidentFacts({ incident }: { incident: WholeIncident }) {
  const { acknowledged, snoozed, resolvedAt, brand, dataset, job, runId, agent, cause, isMuted } = incident
  return (
    <dl className={classes['facts']}>
      <Fact name="Since">
        <Age at={incident.openedAt} withAbsolute />
      </Fact>
      {resolvedAt !== null && (
        <Fact name="Over since">
          <Age at={resolvedAt} withAbsolute />
        </Fact>
      )}
      {acknowledged !== null && (
        <Fact name="On it">
          <Name text={acknowledged.by} /> <Age at={acknowledged.at} />
        </Fact>
      )}
      {snoozed !== null && (
        <Fact name="Snoozed">
          {snoozed.until === null ? 'until it recovers' : <Age at={snoozed.until} withAbsolute />}, by{' '}
          <Name text={snoozed.by} />
        </Fact>
      )}
      {incident.owner !== null && (
        <Fact name="Owner">
          <Name text={incident.owner} />
        </Fact>
      )}
      {incident.runbook !== null && (
        <Fact name="What to do">
          <RunbookLink address={incident.runbook} />
        </Fact>
      )}
      {incident.expected !== null && (
        <Fact name="Expected">
          <bdi>
            <TimesInText text={`${incident.expected}. Nobody is told unless it outlives that by half an hour.`} />
          </bdi>
        </Fact>
      )}
      {isMuted && <Fact name="Muted">A rule keeps it quiet: it is shown here, and nobody is told.</Fact>}
      {cause !== null && (
        <Fact name="Because of">
          <Opener opened={{ kind: 'incident', incidentId: cause.id }}>{incidentInWords(cause)}</Opener>
        </Fact>
      )}
      {brand !== null && dataset !== null && (
        <Fact name="Dataset">
          <Opener opened={{ kind: 'dataset', brandId: brand.id, dataset: dataset.key }}>{dataset.label}</Opener>
        </Fact>
      )}
      {job !== null && (
        <Fact name="Job">
          <Opener opened={{ kind: 'job', jobId: job.id }}>{job.name}</Opener>
        </Fact>
      )}
      {runId !== null && (
        <Fact name="Run">
          <Opener opened={{ kind: 'run', runId }}>The run that showed it</Opener>
        </Fact>
      )}
      {agent !== null && (
        <Fact name="Agent">
          <AgentLink agent={agent} className="pm-link" />
        </Fact>
      )}
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** Shows another thing in the drawer; Back comes back. */
function Opener({ opened, children }: { opened: Opened; children: string }) {
  const { open } = useDrawer()
  return (
    <button type="button" className="pm-link" onClick={() => open(opened)}>
      <Name text={children} />
    </button>
  )
}
