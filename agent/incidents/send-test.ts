import { Problem } from '../../shared/errors.ts'
import { desktopChannel } from '../../shared/notifications/dispatch-plan.ts'
import { didYouMean } from '../settings/suggestion.ts'
import type { DatabasePool } from '../store/database.ts'
import { wakeDeliveries } from '../store/notification-dispatch.ts'
import { insertTestDelivery } from '../store/notification-list.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'
import { givenChannels } from './channels/index.ts'
import { testMessage } from './compose-message.ts'
import { type KnownChannel, readKnownChannels } from './known-channels.ts'

export interface TestRequest {
  /** Null = it belongs to no organization: asked for on the command line. */
  readonly organizationId: string | null
  readonly channel: string
  /** Of the agent that was asked: a desktop is its own where it has one. */
  readonly agentName: string
  readonly aliveSeconds: number
}

/**
 * Asks an agent that has the channel to send a test. Returns the id of the delivery, which says what the other side answered.
 * @throws Problem `not_found` for a channel nobody has, `unavailable` while none of those who have it runs.
 */
export async function sendTest(database: DatabasePool, actor: Actor, request: TestRequest): Promise<string> {
  const { organizationId, channel: name, agentName, aliveSeconds } = request
  const { type, agents } = await livingChannel(database, name, aliveSeconds)
  const forAgent = type === desktopChannel && agents.includes(agentName) ? agentName : null
  return database.transaction(async (transaction) => {
    const test = { organizationId, channel: name, channelType: type, forAgent, message: testMessage }
    const id = await insertTestDelivery(transaction, { ...test, requestedBy: actor.operator })
    await insertOperatorAction(transaction, {
      actor,
      organizationId,
      action: 'notification.test',
      subjectType: 'channel',
      subjectId: name,
      before: null,
      after: { deliveryId: id },
    })
    await wakeDeliveries(transaction)
    return id
  })
}

async function livingChannel(database: DatabasePool, name: string, aliveSeconds: number): Promise<KnownChannel> {
  const known = await readKnownChannels(database, aliveSeconds)
  requireRoutable(known, name)
  const living = known.find((channel) => channel.name === name && channel.agents.length > 0)
  if (living !== undefined) return living
  throw new Problem('unavailable', `No agent that has the channel "${name}" is running.`, {
    field: 'channel',
    value: name,
    fix: 'Start one; "pm channels" lists who has what.',
  })
}

/** @throws Problem `not_found` for a channel that nobody has or had, `invalid_input` for one that always shows everything. */
export function requireRoutable(known: readonly KnownChannel[], name: string): void {
  const detail = { field: 'channel', value: name }
  if (Object.hasOwn(givenChannels, name)) {
    if (givenChannels[name as keyof typeof givenChannels].isRoutable) return
    throw new Problem('invalid_input', `The channel "${name}" always shows everything in the console.`, {
      ...detail,
      fix: 'Name another channel.',
    })
  }
  const names = known.map((channel) => channel.name)
  if (names.includes(name)) return
  throw new Problem('not_found', `No agent has the channel "${name}".`, {
    ...detail,
    fix:
      names.length === 0
        ? 'Describe one under notifications.channels in the pipeline-manager.yaml of an agent, and start it.'
        : didYouMean(name, names),
  })
}
