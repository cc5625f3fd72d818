import { Button, Group, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useQueries } from '../client/context.tsx'
import { useFollowClock } from '../client/now.tsx'
import { knownOf } from '../client/queries.ts'
import { Unanswered } from '../components/failure.tsx'
import { StateMark } from '../components/state-mark.tsx'
import { TimesInText } from '../components/times-in-text.tsx'
import { Name } from '../components/untrusted.tsx'
import { GiveButton } from '../incidents/give-button.tsx'
import { incidentActionWords } from '../incidents/incident-actions.ts'
import { kindInWords, stateOfIncident, thingInWords } from '../incidents/incident-words.ts'
import { SnoozeButton } from '../incidents/snooze-button.tsx'
import { useIncidentActions, useWhyNotAct } from '../incidents/use-incident-actions.ts'
import { useIncidentCommands } from '../incidents/use-incident-commands.ts'
import { useWaitingWords } from '../incidents/waiting.tsx'
import { scopeOf } from '../mutes/mute-scope.ts'
import { useMuting } from '../mutes/muting.tsx'
import { useWhyNot } from '../run-now/why-not.ts'
import { Deliveries } from './incident/deliveries.tsx'
import { Effects } from './incident/effects.tsx'
import type { WholeIncident } from './incident/incident-answer.ts'
import classes from './incident/incident-details.module.css'
import { IncidentFacts } from './incident/incident-facts.tsx'
import { NoteForm } from './incident/note-form.tsx'
import { Timeline } from './incident/timeline.tsx'
import { OutcomeQuestionOf } from './run/outcome-question.tsx'

/** Everything about one incident: what is wrong, who is on it, what is behind it and what it is behind, who was told. */
export function IncidentDetails({ incidentId }: { incidentId: string }) {
  const answer = useQuery(useQueries().incidents.get.queryOptions({ input: { incidentId } }))
  useFollowClock(answer.data?.asOf)
  const known = knownOf(answer)
  if (known !== undefined) return <Answered incident={known} />
  return (
    <Unanswered answer={answer}>
      <div className={classes['details']} role="status" aria-label="Loading the incident">
        <Skeleton h={24} w="60%" />
        <Skeleton h={12} />
        <Skeleton h={160} />
      </div>
    </Unanswered>
  )
}

function Answered({ incident }: { incident: WholeIncident }) {
  const { summary, nextStep, resolution } = incident
  const waiting = useWaitingWords(incident.id)
  useIncidentCommands(incident)
  return (
    <div className={classes['details']}>
      <header className={classes['head']}>
        <div className={classes['title']}>
          <StateMark withWord size={16} {...stateOfIncident(incident)} />
          <Actions incident={incident} />
        </div>
        <h2 className={classes['name']}>
          {kindInWords(incident.kind)}
          <span className="pm-dim">
            <Name text={thingInWords(incident)} none="" />
          </span>
        </h2>
        {waiting !== null && (
          <p role="status" className="pm-dim">
            {waiting}
          </p>
        )}
        <p className={classes['summary']}>
          <bdi>
            <TimesInText text={summary} />
          </bdi>
        </p>
        {resolution !== null && (
          <p className={classes['summary']}>
            <bdi>
              <TimesInText text={resolution} />
            </bdi>
          </p>
        )}
        {nextStep !== null && resolution === null && (
          <p className={classes['next']}>
            <strong>Next:</strong>{' '}
            <bdi>
              <TimesInText text={nextStep} />
            </bdi>
          </p>
        )}
      </header>
      {incident.runId !== null && asksWhetherDone(incident) && <OutcomeQuestionOf runId={incident.runId} />}
      <IncidentFacts incident={incident} />
      {incident.causeId === null && <Effects causeId={incident.id} />}
      <NoteForm incident={incident} />
      <Timeline incident={incident} />
      <Deliveries incidentId={incident.id} />
    </div>
  )
}

/** Of a run of which nobody knows whether it did its work. */
function asksWhetherDone({ kind, details }: WholeIncident): boolean {
  if (kind !== 'job_dead' && kind !== 'run_failed' && kind !== 'run_failed_first') return false
  if (typeof details !== 'object' || details === null || Array.isArray(details)) return false
  return details['problem'] === 'outcome_unknown'
}

function Actions({ incident }: { incident: WholeIncident }) {
  const { act, isPending } = useIncidentActions()
  const whyNot = useWhyNotAct()
  const whyNotMute = useWhyNot()
  const mute = useMuting()
  if (incident.resolvedAt !== null) return null
  const first = incident.acknowledged === null ? 'acknowledge' : 'unacknowledge'
  const isSnoozed = incident.snoozed !== null
  return (
    <Group gap={6} justify="flex-end">
      <Button
        variant={first === 'acknowledge' ? 'filled' : 'default'}
        disabled={whyNot !== null || isPending}
        title={whyNot ?? undefined}
        onClick={() => act({ action: first }, [incident])}
      >
        {first === 'acknowledge' ? incidentActionWords.acknowledge.verb : 'Not on it after all'}
      </Button>
      <GiveButton
        label={incidentActionWords.give.verb}
        whyNot={whyNot}
        onGive={(to) => act({ action: 'give', to }, [incident])}
      />
      {isSnoozed && (
        <Button
          variant="default"
          disabled={whyNot !== null || isPending}
          onClick={() => act({ action: 'wake' }, [incident])}
        >
          {incidentActionWords.wake.verb}
        </Button>
      )}
      <SnoozeButton
        label={isSnoozed ? 'Snooze longer' : incidentActionWords.snooze.verb}
        whyNot={whyNot}
        onSnooze={(until) => act({ action: 'snooze', until }, [incident])}
      />
      <Button
        variant="default"
        disabled={whyNotMute !== null}
        title={whyNotMute ?? undefined}
        onClick={() => mute(scopeOf([incident]))}
      >
        Mute…
      </Button>
    </Group>
  )
}
