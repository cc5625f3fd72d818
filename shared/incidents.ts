/** The words of incidents and of what is told about them. Rules that need no database are plain functions beside this file. */

/** What can be wrong. One open incident per kind and thing (N2). */
export const incidentKinds = [
  'dataset_stale',
  'dataset_never_synced',
  'at_risk',
  'suspicious',
  'run_failed',
  'run_failed_first',
  'job_dead',
  'run_long',
  'run_late',
  'external_failed',
  'no_agent',
  'agent_lost',
] as const
export type IncidentKind = (typeof incidentKinds)[number]

interface KindRules {
  /** In a sentence about many: "3 stale datasets". */
  readonly one: string
  readonly many: string
  /** Shown and told with more or less weight; a problem is something that somebody has to act on. */
  readonly severity: 'problem' | 'warning'
  /** Whether it is watched for until an organization decides otherwise. */
  readonly isWatched: boolean
}

export const kindRules: { readonly [Kind in IncidentKind]: KindRules } = {
  dataset_stale: rules('stale dataset', 'stale datasets'),
  dataset_never_synced: rules('dataset that was never synced', 'datasets that were never synced'),
  at_risk: { ...rules('dataset at risk', 'datasets at risk'), severity: 'warning', isWatched: false },
  suspicious: { ...rules('suspicious success', 'suspicious successes'), severity: 'warning' },
  run_failed: rules('failed run', 'failed runs'),
  run_failed_first: { ...rules('failed attempt', 'failed attempts'), severity: 'warning', isWatched: false },
  job_dead: rules('dead job', 'dead jobs'),
  run_long: { ...rules('run that does not end', 'runs that do not end'), severity: 'warning' },
  run_late: { ...rules('run that does not begin', 'runs that do not begin'), severity: 'warning' },
  external_failed: rules('failed run of another program', 'failed runs of other programs'),
  no_agent: rules('job type that no agent can run', 'job types that no agent can run'),
  agent_lost: rules('lost agent', 'lost agents'),
}

function rules(one: string, many: string): KindRules {
  return { one, many, severity: 'problem', isWatched: true }
}

/** What an incident is about: at most one is open for each kind and thing (N2). */
export interface IncidentThing {
  readonly kind: IncidentKind
  /** Null: it concerns every organization, or a platform-level job. */
  readonly organizationId: string | null
  readonly brandId: string | null
  readonly datasetKey: string | null
  readonly jobId: string | null
  /** Part of what it is about only where no job is. */
  readonly jobType: string | null
  readonly agentId: string | null
}

/** `acknowledged`: somebody is on it. `snoozed`: quiet until a time or until it recovers. Both are open. */
export const incidentStates = ['open', 'acknowledged', 'snoozed', 'resolved'] as const
export type IncidentState = (typeof incidentStates)[number]

/**
 * What can happen to an incident, one row each in `incident_events`. The first four are transitions that channels may tell (N2);
 * `reminded` = still open, `escalated` = still open and nobody is on it, so a route that waits was told.
 */
export const incidentEventTypes = [
  'opened',
  'reminded',
  'resolved',
  'escalated',
  'acknowledged',
  'unacknowledged',
  'snoozed',
  'woken',
  'noted',
] as const
export type IncidentEventType = (typeof incidentEventTypes)[number]

/** `assigned`: somebody was given it by somebody else (an `acknowledged` event with an assignee). */
export const toldTransitions = ['opened', 'reminded', 'resolved', 'escalated', 'assigned'] as const
export type ToldTransition = (typeof toldTransitions)[number]

/** What a command did to one incident. */
export const commandOutcomes = ['applied', 'unchanged', 'conflict', 'not_found', 'not_allowed', 'waiting'] as const
export type CommandOutcome = (typeof commandOutcomes)[number]

/** Ways to tell somebody. A channel is a name in an agent's local file with one of these types; `in_app` and `desktop` need no entry. */
export const channelTypes = ['in_app', 'desktop', 'webhook', 'slack', 'email', 'command'] as const
export type ChannelType = (typeof channelTypes)[number]

/**
 * States of one delivery: `held` by quiet hours; `sending` is set before the other side is asked, so that a transition is told at most
 * once per channel; `dropped` says why in its failure.
 */
export const deliveryStates = ['pending', 'held', 'sending', 'delivered', 'failed', 'dropped'] as const
export type DeliveryState = (typeof deliveryStates)[number]
