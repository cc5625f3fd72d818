import type { IncidentGroup as GroupView, IncidentView } from '../../shared/contract/incidents.ts'
import { incidentKind, incidentState } from '../../shared/contract/incidents.ts'
import { kindRules } from '../../shared/incidents.ts'
import { storedOwnership } from '../../shared/ownership.ts'
import type { IncidentGroup } from '../store/incident-groups.ts'
import type { Incident } from '../store/incident-views.ts'

/** An incident as the calls give it out. The store gives out no kinds but ours. */
export function incidentViewOf(row: Incident): IncidentView {
  const kind = incidentKind.parse(row.kind)
  return {
    id: row.id,
    kind,
    severity: kindRules[kind].severity,
    state: incidentState.parse(row.state),
    organizationId: row.organizationId,
    brand: named(row.brandId, row.brandName),
    dataset: datasetOf(row),
    job: named(row.jobId, row.jobName),
    jobType: row.jobType,
    agent: named(row.agentId, row.agentName),
    runId: row.runId,
    summary: row.summary,
    nextStep: row.nextStep,
    ...storedOwnership(row.details),
    openedAt: row.openedAt,
    acknowledged: row.acknowledgedAt === null ? null : { at: row.acknowledgedAt, by: row.acknowledgedBy ?? '' },
    snoozed: row.isSnoozed ? { until: row.snoozedUntil, by: row.snoozedBy ?? '' } : null,
    note: row.note,
    isMuted: row.isMuted,
    expected: row.expected,
    resolvedAt: row.resolvedAt,
    resolution: row.resolution,
    causeId: row.causeId,
    effects: row.effects,
    lastEventId: row.lastEventId,
  }
}

export function incidentGroupOf({ kind, brandId, brandName, ...group }: IncidentGroup): GroupView {
  const { incidents, open, firstOpenedAt, lastOpenedAt } = group
  return {
    kind: kind === null ? null : incidentKind.parse(kind),
    brand: named(brandId, brandName),
    dataset: datasetOf(group),
    incidents,
    open,
    firstOpenedAt,
    lastOpenedAt,
  }
}

function datasetOf({ datasetKey, datasetLabel }: Pick<Incident, 'datasetKey' | 'datasetLabel'>) {
  return datasetKey === null ? null : { key: datasetKey, label: datasetLabel ?? datasetKey }
}

function named(id: string | null, name: string | null): { id: string; name: string } | null {
  return id === null ? null : { id, name: name ?? id }
}
