import { type CommandInput, type CommandResult, commandIncidents, missing } from '../incidents/commands.ts'
import { getIncidents, type Incident } from '../store/incident-views.ts'
import { isEverybodys, requireOrganization, seesPlatform } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { viewOf } from './incidents-read.ts'
import { procedures } from './procedures.ts'

interface Chosen {
  readonly organizationId: string
  readonly incidents: readonly { readonly id: string; readonly seenEventId: string | null }[]
}

/** Answers for each incident, once. What is not the caller's does not exist. */
async function act(context: ConsoleContext, { organizationId, incidents }: Chosen, input: CommandInput) {
  await requireOrganization(context, organizationId)
  const { services, identity } = context
  const chosen = [...new Map(incidents.map((one) => [one.id.toLowerCase(), one])).values()]
  const ids = chosen.map(({ id }) => id)
  const rows = await getIncidents(services.database, ids, viewOf(context, organizationId))
  const refused = new Map<string, Pick<CommandResult, 'outcome' | 'message'>>()
  for (const { id } of chosen) {
    const row = rows.find((one) => one.id === id.toLowerCase())
    const refusal = row === undefined ? missing(id) : refusalOf(context, organizationId, row)
    if (refusal !== null) refused.set(id, refusal)
  }
  const own = chosen.filter(({ id }) => !refused.has(id))
  const done = await commandIncidents(services.database, identity, own, input)
  const results = new Map([...refused, ...done.map(({ id, ...result }) => [id, result] as const)])
  return { results: chosen.map(({ id }) => ({ id, ...(results.get(id) ?? missing(id)) })) }
}

/** Null: it is the caller's to change. */
function refusalOf(
  context: ConsoleContext,
  organizationId: string,
  incident: Incident,
): Pick<CommandResult, 'outcome' | 'message'> | null {
  if (incident.organizationId === organizationId) return null
  if (isEverybodys(incident)) {
    if (context.identity.organizationId === null) return null
    const message = 'It concerns every organization; only somebody who works for all of them can change it.'
    return { outcome: 'not_allowed', message }
  }
  return incident.organizationId === null && seesPlatform(context) ? null : missing(incident.id)
}

export const acknowledge = procedures.incidents.acknowledge.handler(({ context, input }) =>
  act(context, input, { command: 'acknowledge', note: input.note, assignee: input.for }),
)

export const unacknowledge = procedures.incidents.unacknowledge.handler(({ context, input }) =>
  act(context, input, { command: 'unacknowledge' }),
)

export const snooze = procedures.incidents.snooze.handler(({ context, input }) =>
  act(context, input, { command: 'snooze', until: input.until, note: input.note }),
)

export const wake = procedures.incidents.wake.handler(({ context, input }) => act(context, input, { command: 'wake' }))

export const annotate = procedures.incidents.annotate.handler(({ context, input }) =>
  act(context, input, { command: 'annotate', note: input.note }),
)
