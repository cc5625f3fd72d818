import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../shared/domain.ts'
import { cleanText } from '../../shared/errors.ts'
import { type IncidentThing, incidentKinds } from '../../shared/incidents.ts'
import { ownershipOf } from '../../shared/ownership.ts'
import type { KnownCatalog } from '../freshness/known-catalog.ts'
import { storableJson } from '../jobs/storable.ts'
import type { Database } from '../store/database.ts'
import type { EvaluatedAgent } from '../store/evaluated-agents.ts'
import { listOpenIncidents, lockIncidents, type OpenIncident, type OverdueIncident } from '../store/incident-round.ts'
import { attachIncidents, endIncidents, noteEvents, openIncidents, updateIncidents } from '../store/incident-writes.ts'
import { listRefreshers } from '../store/refreshers.ts'
import type { Findings, Words } from './conditions.ts'
import { type CauseFacts, type Decision, decide } from './decide.ts'
import { evaluatedCatalog } from './evaluated-catalog.ts'

export interface FoundChanges {
  /** Stands in for the database's clock in tests. */
  readonly now: Date | null
  readonly catalog: KnownCatalog
  readonly findings: Findings
  readonly overdue: readonly OverdueIncident[]
  readonly agents: readonly EvaluatedAgent[]
}

/**
 * Decides under the lock, by what is open then, what becomes of what was found, and writes it. False when another leader has just
 * written all of it.
 */
export async function writeChanges(
  database: Database,
  { now, catalog, findings, overdue, agents }: FoundChanges,
): Promise<boolean> {
  await lockIncidents(database)
  const open = await listOpenIncidents(database, incidentKinds)
  const { begun, over, updated } = findings
  const because = (reason: OverdueIncident['reason']): string[] =>
    overdue.filter((one) => one.reason === reason).map(({ incidentId }) => incidentId)
  const decision = decide({
    open,
    begun,
    over,
    updated,
    woken: because('woken'),
    reminded: because('reminded'),
    outlived: because('outlived'),
    unmuted: because('unmuted'),
    causes: await readCauseFacts(database, catalog, [...open, ...begun], agents),
    newId: randomUUID,
  })
  await apply(database, now, decision, namesOf(catalog, open))
  return Object.values(decision).some((changes: readonly unknown[]) => changes.length > 0)
}

async function readCauseFacts(
  database: Database,
  catalog: KnownCatalog,
  concerned: readonly Pick<OpenIncident, 'brandId' | 'datasetKey'>[],
  agents: readonly EvaluatedAgent[],
): Promise<CauseFacts> {
  const datasets = concerned.flatMap(({ brandId, datasetKey }) =>
    brandId === null || datasetKey === null ? [] : [{ brandId, dataset: datasetKey }],
  )
  const refreshers = Map.groupBy(
    await listRefreshers(database, evaluatedCatalog(catalog), datasets),
    ({ brandId, dataset }) => `${brandId} ${dataset}`,
  )
  const types = new Map(agents.map(({ id, jobTypes }) => [id, new Set(jobTypes)]))
  return {
    refreshersOf: (brandId, datasetKey) => refreshers.get(`${brandId} ${datasetKey}`) ?? [],
    jobTypesOf: (agentId) => types.get(agentId) ?? new Set(),
  }
}

const promotion = 'What was behind it is over, and it is not.'
const unmuting = 'No mute rule keeps it quiet any more, and it is open still.'

/** Who answers for what an incident is about, for its details; nothing where the catalog names nobody. */
type Names = (about: Pick<IncidentThing, 'datasetKey' | 'jobType'> | undefined) => JsonObject

/** Of what is open too, by its id: what is said about it anew says this again. */
function namesOf(
  { datasets, jobTypes }: KnownCatalog,
  open: readonly OpenIncident[],
): { of: Names; ofId: (id: string) => JsonObject } {
  const byId = new Map(open.map((incident) => [incident.id, incident]))
  const of: Names = (about) => {
    const { owner, runbook } = ownershipOf(datasets.get(about?.datasetKey ?? ''), jobTypes.get(about?.jobType ?? ''))
    return { ...(owner === null ? {} : { owner }), ...(runbook === null ? {} : { runbook }) }
  }
  return { of, ofId: (id) => of(byId.get(id)) }
}

async function apply(
  database: Database,
  now: Date | null,
  decision: Decision,
  names: ReturnType<typeof namesOf>,
): Promise<void> {
  const { opened, ended, attached, promoted, unmuted, updated, woken, reminded } = decision
  await endIncidents(database, now, ended)
  await openIncidents(
    database,
    now,
    opened.map(({ id, condition: { lostAgentId: _lostAgentId, quietUntil = null, ...condition }, causeId }) => ({
      ...condition,
      ...storable(condition, names.of(condition)),
      id,
      causeId,
      quietUntil,
    })),
  )
  await attachIncidents(database, now, attached)
  await noteEvents(database, now, { type: 'opened', ids: promoted, note: promotion })
  await noteEvents(database, now, { type: 'opened', ids: unmuted, note: unmuting })
  await updateIncidents(
    database,
    updated.map((update) => ({ ...update, ...storable(update, names.ofId(update.incidentId)) })),
  )
  await noteEvents(database, now, { type: 'woken', ids: woken, note: null })
  await noteEvents(database, now, { type: 'reminded', ids: reminded, note: null })
}

const wordsLimit = 4_000

/** One label that the database does not take must not keep the round from being written (bad inputs 13, 14). */
function storable({ summary, nextStep, details }: Words, names: JsonObject): Omit<Words, 'runId'> {
  return {
    summary: cleanText(summary, wordsLimit),
    nextStep: nextStep === null ? null : cleanText(nextStep, wordsLimit),
    details: storableJson({ ...details, ...names }),
  }
}
