import { createRouterClient, type RouterClient } from '@orpc/server'
import type { LiveTopic } from '../../shared/live-topics.ts'
import type { ConsoleServices, Identity } from './context.ts'
import { type ConsoleRouter, consoleRouter } from './router.ts'

/** What a page asks when it is opened, with nothing filtered. */
export interface OpeningCall {
  /** It has another answer when one of these has changed. */
  readonly topics: readonly LiveTopic[]
  readonly ask: () => Promise<unknown>
}

type Client = RouterClient<ConsoleRouter>

/** As a person at the agent's machine would ask: the answers are kept as theirs are. */
export function openingClient(services: ConsoleServices): Client {
  const identity: Identity = { operator: 'agent', door: 'console', scope: 'admin', organizationId: null }
  return createRouterClient(consoleRouter, { context: { services, identity } })
}

const day = 24 * 3_600_000
const page = 100
const centreEvents = 50

/**
 * What opens each tab of one organization, in the forms in which the console asks (`tests/console/opening-calls.spec.ts` holds every tab to these).
 * `now` is the database's clock.
 */
export function openingCalls(client: Client, organizationId: string, now: Date): readonly OpeningCall[] {
  const all = { organizationId, brandId: null }
  const lastDay = { ...all, from: new Date(now.getTime() - day).toISOString(), to: null }
  const recurring = { ...all, scheduleType: 'recurring' } as const
  const running = ['active', 'retrying'] as const
  return [
    { topics: ['brands', 'features'], ask: () => client.session.get() },
    { topics: ['brands'], ask: () => client.session.brands({ organizationId }) },
    { topics: ['agents', 'jobs'], ask: () => client.catalog.get() },
    { topics: ['agents', 'runs'], ask: () => client.catalog.agents() },
    {
      topics: ['datasets', 'policies', 'brands', 'agents', 'jobs', 'holds'],
      ask: () => client.freshness.summary(all),
    },
    {
      topics: ['datasets', 'policies', 'brands', 'jobs', 'holds'],
      ask: () => client.freshness.board({ organizationId, withBrands: false }),
    },
    { topics: ['datasets', 'policies', 'brands'], ask: () => client.readiness.list(all) },
    { topics: ['holds'], ask: () => client.holds.list(all) },
    { topics: ['jobs', 'runs'], ask: () => client.jobs.list({ ...all, limit: page }) },
    { topics: ['jobs', 'runs'], ask: () => client.jobs.counts(all) },
    { topics: ['jobs', 'runs'], ask: () => client.jobs.counts(recurring) },
    { topics: ['jobs'], ask: () => client.jobs.list({ ...recurring, order: 'next_run', limit: page }) },
    {
      topics: ['jobs'],
      ask: () => client.jobs.list({ ...recurring, states: [...running], order: 'next_run', limit: 1 }),
    },
    { topics: ['jobs', 'runs', 'brands'], ask: () => client.backfills.list(all) },
    { topics: ['jobs'], ask: () => client.schedules.timeline({ ...all, hours: 24 }) },
    { topics: ['triggers', 'jobs'], ask: () => client.triggers.list(all) },
    { topics: ['incidents'], ask: () => client.incidents.centre({ organizationId, limit: centreEvents }) },
    { topics: ['incidents'], ask: () => client.incidents.list({ ...all, limit: page }) },
    { topics: ['incidents'], ask: () => client.incidents.statistics({ ...all, days: 30 }) },
    { topics: ['incidents', 'agents'], ask: () => client.notifications.channels({ organizationId }) },
    { topics: ['incidents'], ask: () => client.notifications.routes({ organizationId }) },
    { topics: ['runs'], ask: () => client.runs.list({ ...lastDay, limit: page }) },
    { topics: ['runs'], ask: () => client.runs.summary({ ...lastDay, buckets: 48, withDurations: false }) },
  ]
}
