import { counted } from '../../../shared/counted.ts'
import { formatAge } from '../../../shared/duration.ts'
import { Problem } from '../../../shared/errors.ts'
import type { DeliveryState } from '../../../shared/incidents.ts'
import { type ChannelOverview, readChannelOverview } from '../../incidents/channel-overview.ts'
import { sendTest } from '../../incidents/send-test.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { getDelivery, type ListedDelivery } from '../../store/notification-list.ts'
import { listNotificationRoutes } from '../../store/notification-routes.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { organizationNamed } from '../lookup.ts'
import type { Mark } from '../output/marks.ts'
import { interruptedExitCode, pause } from '../pause.ts'
import { type Session, withSession } from '../session.ts'

export interface ChannelFlags extends GlobalFlags {
  readonly org?: string
}

/** `pm channels`: ways to tell somebody, and how they do. */
export async function showChannels(context: CliContext, flags: ChannelFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, settings, print }) => {
    const organizationId = flags.org === undefined ? null : (await organizationNamed(database, flags.org)).id
    const routes = await listNotificationRoutes(database, organizationId)
    const about = { organizationId, withPlatform: true, routes, aliveSeconds: settings.leaseSeconds }
    const channels = await readChannelOverview(database, about)
    const now = await databaseNow(database)
    print.answer({ asOf: now, channels }, () => {
      print.table(
        columns,
        channels.map((channel) => [
          markOf(channel),
          channel.name,
          channel.type ?? '?',
          channel.agents.length === 0 ? null : channel.agents.join(', '),
          channel.pending,
          channel.held,
          formatAge(channel.lastDeliveredAt, now),
          formatAge(channel.lastFailedAt, now),
        ]),
      )
      for (const { notice } of channels) if (notice !== null) print.line(notice, 'yellow')
      if (channels.every(({ type }) => type === 'desktop')) print.line(nothingYet)
    })
  })
}

const nothingYet =
  'The console and desktops show everything. For other channels: notifications.channels in the pipeline-manager.yaml of an agent.'

const columns = [
  { title: 'state' },
  { title: 'channel', shrinksTo: 10 },
  { title: 'type' },
  { title: 'agents', shrinksTo: 12 },
  { title: 'waiting', align: 'right' as const },
  { title: 'held', align: 'right' as const },
  { title: 'last told' },
  { title: 'last failed' },
]

function markOf({ notice, agents }: ChannelOverview): Mark {
  if (notice !== null) return { shape: '✘', word: agents.length === 0 ? 'nobody' : 'failing', color: 'red' }
  return agents.length === 0
    ? { shape: '○', word: 'nobody', color: 'gray' }
    : { shape: '●', word: 'ready', color: 'green' }
}

const pollMs = 200
/** An agent that is busy with its last message takes up to a minute for it. */
const patienceMs = 90_000

/** `pm channels test <channel>`: 0 when it was told, 1 when not; prints what the other side said. */
export async function testChannel(context: CliContext, name: string, flags: GlobalFlags): Promise<void> {
  await withSession(context, flags, 'write', async (session) => {
    const { database, settings, print } = session
    const request = {
      organizationId: null,
      channel: name,
      agentName: settings.agentName,
      aliveSeconds: settings.leaseSeconds,
    }
    const id = await sendTest(database, cliActor(context), request)
    const delivery = await ended(session, id)
    if (delivery === null) {
      print.note(`No longer waiting; an agent goes on. Look again: pm channels`)
      return context.setExitCode(interruptedExitCode)
    }
    print.answer({ delivery }, () => {
      print.marked(
        endMarks[delivery.state === 'delivered' ? 'delivered' : 'failed'],
        delivery.failure ?? `Told on ${name}.`,
      )
      if (delivery.answer !== null) print.line(`    It answered: ${delivery.answer}`)
    })
    context.setExitCode(delivery.state === 'delivered' ? 0 : 1)
  })
}

const endMarks = {
  delivered: { shape: '✔', word: 'delivered', color: 'green' },
  failed: { shape: '✘', word: 'failed', color: 'red' },
} as const satisfies Partial<Record<DeliveryState, Mark>>

/** The delivery once it is over; null when interrupted. */
async function ended({ context, database, interrupted }: Session, id: string): Promise<ListedDelivery | null> {
  const giveUpAt = context.clock.monotonic() + patienceMs
  for (;;) {
    const delivery = await getDelivery(database, id, { withPlatform: true })
    if (delivery !== null && delivery.endedAt !== null) return delivery
    if (context.clock.monotonic() > giveUpAt) throw tooLate(delivery)
    if (!(await pause(pollMs, interrupted))) return null
  }
}

function tooLate(delivery: ListedDelivery | null): Problem {
  const counts = counted(delivery?.attempts ?? 0, 'try', 'tries')
  return new Problem('unavailable', `No agent has told it within ${patienceMs / 1_000} s (${counts}).`, {
    field: 'channel',
    value: delivery?.channel,
    fix: 'Look whether the agents with this channel still run: pm channels',
  })
}
