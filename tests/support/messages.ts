/** Messages as channels get them, and what a channel has of its agent. */

import { secretReader } from '../../agent/application/secrets.ts'
import type { Channel, ChannelPlace, Delivery } from '../../agent/incidents/channels/channel.ts'
import { SecretMasker } from '../../agent/jobs/log/secret-masker.ts'
import { systemClock } from '../../shared/clock.ts'
import type { NotificationMessage, ToldIncident } from '../../shared/notifications/message.ts'

export const staleIncident: ToldIncident = {
  id: '5f0c4a3e-7f43-4c52-9d0e-6a1f3a7c2b90',
  kind: 'dataset_stale',
  severity: 'problem',
  transition: 'opened',
  summary: 'Orders of Birch Coffee is stale: the last success was 26 h ago, the maximum is 24 h.',
  nextStep: 'Run load_orders.',
  owner: null,
  runbook: null,
  brand: 'Birch Coffee',
  dataset: 'orders',
  job: null,
  jobType: null,
  agent: null,
  runId: null,
  openedAt: '2026-11-26T10:00:00.000Z',
  resolvedAt: null,
  resolution: null,
  effects: 0,
  openForMs: 0,
  assignedTo: null,
  assignedBy: null,
}

export function messageOf(change: Partial<ToldIncident> = {}): NotificationMessage {
  const incident = { ...staleIncident, ...change }
  return {
    type: incident.transition,
    title: 'Stale dataset: orders of Birch Coffee',
    organization: { id: '0a0c4a3e-7f43-4c52-9d0e-6a1f3a7c2b90', name: 'Example Agency' },
    heldFor: null,
    incidents: [incident],
    counts: [],
  }
}

export function deliveryOf(message: NotificationMessage = messageOf(), change: Partial<Delivery> = {}): Delivery {
  return {
    id: 'd1ee4a3e-7f43-4c52-9d0e-6a1f3a7c2b90',
    message,
    sentAt: new Date('2026-11-26T12:00:00.750Z'),
    consoleUrl: 'https://ops.example.com',
    ...change,
  }
}

export interface TestPlace {
  readonly place: ChannelPlace
  readonly masker: SecretMasker
}

export function testPlace(environment: Record<string, string>, change: Partial<ChannelPlace> = {}): TestPlace {
  const masker = new SecretMasker()
  const place: ChannelPlace = {
    environment,
    secret: secretReader(environment, masker),
    mask: (value) => masker.add(value),
    baseDirectory: process.cwd(),
    httpAllowHosts: [],
    clock: systemClock,
    ...change,
  }
  return { place, masker }
}

/** Delivers with a signal that nobody aborts, unless one is given. */
export function deliver(
  channel: Channel,
  delivery = deliveryOf(),
  signal = new AbortController().signal,
): Promise<string> {
  return channel.deliver(delivery, signal)
}
