/** How an incident is read, whatever is asked of it. */

/** An incident as people see it. */
export interface Incident {
  readonly id: string
  readonly kind: string
  readonly state: string
  /** Null: it concerns every organization, or a platform-level job. */
  readonly organizationId: string | null
  readonly brandId: string | null
  readonly brandName: string | null
  readonly datasetKey: string | null
  /** As it was called when the incident was opened. */
  readonly datasetLabel: string | null
  readonly jobId: string | null
  readonly jobName: string | null
  readonly jobType: string | null
  readonly agentId: string | null
  readonly agentName: string | null
  readonly runId: string | null
  readonly summary: string
  readonly nextStep: string | null
  readonly details: unknown
  readonly openedAt: Date
  readonly acknowledgedAt: Date | null
  readonly acknowledgedBy: string | null
  /** Quiet now. */
  readonly isSnoozed: boolean
  /** Null also while it is snoozed until it recovers. */
  readonly snoozedUntil: Date | null
  readonly snoozedBy: string | null
  readonly note: string | null
  readonly isMuted: boolean
  /** Why nobody is told of it yet; null = it is told as ever. */
  readonly expected: string | null
  readonly resolvedAt: Date | null
  readonly resolution: string | null
  readonly causeId: string | null
  readonly effects: number
  /** `0` where nothing ever happened to it. */
  readonly lastEventId: string
  /** Where it stands in the list. */
  readonly position: IncidentPosition
  /** Of the database, when the row was read. */
  readonly asOf: Date
}

export interface IncidentPosition {
  readonly openedAt: string
  readonly id: string
}

/** Whose view it is: what is not of this organization is not counted. */
export interface Viewpoint {
  /** Null: of all. */
  readonly organizationId: string | null
  /** With what concerns platform-level jobs (J12). */
  readonly withPlatform: boolean
}

/** One of `incidentStates`, of the row called `incident`. A snooze that has run out is over before anybody has noted it. */
export const incidentState = (incident: string): string => `
case
  when ${incident}.resolved_at is not null then 'resolved'
  when ${incident}.snoozed_until > now() then 'snoozed'
  when ${incident}.acknowledged_at is not null then 'acknowledged'
  else 'open'
end`

/** Who is on it: of an effect that nobody has taken itself, whoever is on its cause. */
export const whoIsOn = (incident: string): string => `coalesce(
  ${incident}.acknowledged_by,
  (select root.acknowledged_by from incidents root where root.id = ${incident}.cause_id)
)`

/** Of an incident without an organization: a lost agent concerns everybody, a platform-level job its administrators. */
export const isShared = (incident: string, withPlatform: string): string =>
  `(${incident}.organization_id is null and (${incident}.kind = 'agent_lost' or ${withPlatform}))`

/** Whether a rule is about the incident, whenever it holds. Everything that the rule names has to fit. */
export const fitsThing = (incident: string, rule: string, jobType = `${incident}.job_type`): string => `(
  (${rule}.brand_id is null or ${rule}.brand_id = ${incident}.brand_id)
  and (${rule}.dataset_key is null or ${rule}.dataset_key = ${incident}.dataset_key)
  and (${rule}.job_type is null or ${rule}.job_type = ${jobType})
  and (${rule}.kind is null or ${rule}.kind = ${incident}.kind)
)`

/** Whether a rule keeps the incident quiet for an organization, now. */
export const fitsRule = (incident: string, rule: string): string =>
  `((${rule}.until is null or ${rule}.until > now()) and ${fitsThing(incident, rule)})`

/** `organization`: an expression for the organization whose rules count, null = the incident's own. */
export const isMuted = (incident: string, organization: string): string => `exists (
  select from mute_rules rule
  where rule.organization_id = coalesce(${organization}, ${incident}.organization_id) and ${fitsRule(incident, 'rule')}
)`

/** The columns of `Incident`, of `incident` with `incidentJoins`; expressions for the viewpoint. */
export const incidentColumns = (organization: string, withPlatform: string): string => `
  incident.id, incident.kind, ${incidentState('incident')} as state, incident.organization_id as "organizationId",
  incident.brand_id as "brandId", brand.name as "brandName", incident.dataset_key as "datasetKey",
  incident.details ->> 'datasetLabel' as "datasetLabel", incident.scheduled_job_id as "jobId",
  coalesce(nullif(btrim(job.name), ''), job.job_type) as "jobName",
  coalesce(incident.job_type, job.job_type) as "jobType", incident.agent_id as "agentId", agent.name as "agentName",
  incident.run_id as "runId", incident.summary, incident.next_step as "nextStep", incident.details,
  incident.opened_at as "openedAt", incident.acknowledged_at as "acknowledgedAt",
  incident.acknowledged_by as "acknowledgedBy",
  incident.resolved_at is null and coalesce(incident.snoozed_until > now(), false) as "isSnoozed",
  case when isfinite(incident.snoozed_until) then incident.snoozed_until end as "snoozedUntil",
  incident.snoozed_by as "snoozedBy", incident.note, ${isMuted('incident', organization)} as "isMuted",
  case when incident.resolved_at is null and incident.quiet_until is not null then incident.details ->> 'expected' end as expected,
  incident.resolved_at as "resolvedAt", incident.resolution, incident.cause_id as "causeId",
  (
    select count(*) from incidents effect
    where effect.cause_id = incident.id and effect.resolved_at is null
      and (${organization} is null or effect.organization_id = ${organization} or ${isShared('effect', withPlatform)})
  ) as effects,
  coalesce((select max(event.id) from incident_events event where event.incident_id = incident.id), 0)::text
    as "lastEventId",
  jsonb_build_object('openedAt', incident.opened_at::text, 'id', incident.id) as position, now() as "asOf"`

export const incidentJoins = `
left join brands brand on brand.id = incident.brand_id
left join scheduled_jobs job on job.id = incident.scheduled_job_id
left join agents agent on agent.id = incident.agent_id`
