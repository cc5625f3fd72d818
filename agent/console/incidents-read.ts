import { json } from '../../shared/contract/words.ts'
import { cleanText } from '../../shared/errors.ts'
import { personOf } from '../../shared/on-it.ts'
import { databaseNow } from '../store/database-clock.ts'
import { groupIncidents } from '../store/incident-groups.ts'
import { listIncidentPeople } from '../store/incident-people.ts'
import { incidentStatistics } from '../store/incident-statistics.ts'
import {
  countOpenIncidents,
  getIncidents,
  type IncidentEvent,
  listIncidentEvents,
  listIncidents,
  listToldEvents,
} from '../store/incident-views.ts'
import { requireIncident, requireOrganization, seesPlatform } from './access.ts'
import { requireScope } from './brand-scope.ts'
import type { ConsoleContext } from './context.ts'
import { incidentCursor, readIncidentCursor } from './incidents-cursor.ts'
import { incidentGroupOf, incidentViewOf } from './incidents-view.ts'
import { cursorProblem } from './jobs-cursor.ts'
import { procedures } from './procedures.ts'

const shownEvents = 200

/** What the caller sees of an organization. */
export function viewOf(context: ConsoleContext, organizationId: string) {
  return { organizationId, withPlatform: seesPlatform(context) }
}

export const list = procedures.incidents.list.handler(async ({ context, input }) => {
  const { organizationId, cursor, limit, text } = input
  const { brandIds, only } = await requireScope(context, input)
  const { database } = context.services
  const view = viewOf(context, organizationId)
  const page = {
    ...input,
    brandIds,
    onIt: personOf(input.onIt, context.identity.operator),
    view,
    text: cleanText(text, 1_000),
    after: readIncidentCursor(cursor),
    limit: limit + 1,
  }
  const [found, { asOf, ...counts }] = await Promise.all([
    listIncidents(database, page).catch((thrown: unknown) => {
      throw cursorProblem(cursor, thrown)
    }),
    countOpenIncidents(database, view, only),
  ])
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  return {
    asOf,
    incidents: shown.map(incidentViewOf),
    counts,
    nextCursor: found.length > limit && last !== undefined ? incidentCursor(last.position) : null,
  }
})

export const people = procedures.incidents.people.handler(async ({ context, input: { organizationId } }) => {
  await requireOrganization(context, organizationId)
  return { people: await listIncidentPeople(context.services.database, organizationId) }
})

const mostGroups = 500

export const groups = procedures.incidents.groups.handler(async ({ context, input: { by, ...input } }) => {
  const { organizationId, text } = input
  const { brandIds } = await requireScope(context, input)
  const { database } = context.services
  const filter = {
    ...input,
    brandIds,
    onIt: personOf(input.onIt, context.identity.operator),
    view: viewOf(context, organizationId),
    text: cleanText(text, 1_000),
  }
  const [asOf, found] = await Promise.all([databaseNow(database), groupIncidents(database, filter, by, mostGroups)])
  return { asOf, groups: found.map(incidentGroupOf) }
})

export const get = procedures.incidents.get.handler(async ({ context, input }) => {
  const incident = await requireIncident(context, input.incidentId)
  const { database } = context.services
  const view = {
    organizationId: incident.organizationId ?? context.identity.organizationId,
    withPlatform: seesPlatform(context),
  }
  const [events, [cause]] = await Promise.all([
    listIncidentEvents(database, incident.id, shownEvents),
    incident.causeId === null ? [] : getIncidents(database, [incident.causeId], view),
  ])
  return {
    ...incidentViewOf(incident),
    asOf: incident.asOf,
    details: json.parse(incident.details),
    cause: cause === undefined ? null : incidentViewOf(cause),
    events,
  }
})

export const centre = procedures.incidents.centre.handler(async ({ context, input: { organizationId, limit } }) => {
  await requireOrganization(context, organizationId)
  const { database } = context.services
  const view = viewOf(context, organizationId)
  const [events, { unattended }] = await Promise.all([
    listToldEvents(database, view, limit),
    countOpenIncidents(database, view, null),
  ])
  const ids = [...new Set(events.map(({ incidentId }) => incidentId))]
  const incidents = new Map((await getIncidents(database, ids, view)).map((row) => [row.id, incidentViewOf(row)]))
  return {
    asOf: await databaseNow(database),
    unattended,
    // One that was removed in between is left out.
    events: events.flatMap((event: IncidentEvent) => {
      const incident = incidents.get(event.incidentId)
      return incident === undefined ? [] : [{ ...event, incident }]
    }),
  }
})

export const statistics = procedures.incidents.statistics.handler(async ({ context, input }) => {
  const { organizationId, days } = input
  const { only } = await requireScope(context, input)
  const { database } = context.services
  const [all, ...kinds] = await incidentStatistics(database, viewOf(context, organizationId), {
    brandIds: only,
    days,
  })
  if (all === undefined) throw new Error('incident_statistics returned no row')
  const { asOf, opened, resolved, medianAcknowledgeSeconds, medianResolveSeconds } = all
  return {
    asOf,
    opened,
    resolved,
    medianAcknowledgeSeconds,
    medianResolveSeconds,
    byKind: kinds.flatMap(({ kind, opened, open }) => (kind === null ? [] : [{ kind, opened, open }])),
  }
})
