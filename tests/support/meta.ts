/** The Graph API of the examples on a free port, and clients that do not wait long. */
import { GraphClient, type GraphClientOptions } from '../../agent/connectors/meta/graph-client.ts'
import { MetaSimulator } from '../../examples/meta-simulator/server.ts'
import type { SimulationOptions } from '../../examples/meta-simulator/simulation.ts'
import type { AccountSpec } from '../../examples/meta-simulator/world.ts'
import { systemClock } from '../../shared/clock.ts'

export interface TestSimulator extends AsyncDisposable {
  readonly simulator: MetaSimulator
  stop(): Promise<void>
}

/** Noon of this day in UTC, unless the test says otherwise. */
export const simulatedNow = new Date('2026-11-20T12:00:00Z')

/** One account, `act_1`: 10 ads that deliver every day, in UTC and dollars. */
export const smallAccount: AccountSpec = {
  id: '1',
  name: 'Small',
  currency: 'USD',
  timeZone: 'UTC',
  ads: 10,
  delivering: 1,
}

export async function startSimulator(options: SimulationOptions = {}): Promise<TestSimulator> {
  const simulator = new MetaSimulator({ seed: 7, accounts: [smallAccount], now: () => simulatedNow, ...options })
  await simulator.start()
  const stop = () => simulator.stop()
  return { simulator, stop, [Symbol.asyncDispose]: stop }
}

export interface TestGraphClient {
  readonly client: GraphClient
  /** What was tried again. */
  readonly retries: readonly string[]
  readonly abort: AbortController
}

export function graphClient(simulator: MetaSimulator, changes: Partial<GraphClientOptions> = {}): TestGraphClient {
  const retries: string[] = []
  const abort = new AbortController()
  const client = new GraphClient({
    baseUrl: simulator.url,
    token: simulator.simulation.token,
    fetch,
    clock: systemClock,
    random: () => 0,
    signal: abort.signal,
    onRetry: (message) => retries.push(message),
    patience: quick,
    ...changes,
  })
  return { client, retries, abort }
}

/** Tries again at once. */
export const quick = { retryMs: 1, pollMs: 1 } as const

/** All rows of all pages. */
export async function collected<Row>(pages: AsyncIterable<readonly Row[]>): Promise<Row[]> {
  const rows: Row[] = []
  for await (const page of pages) rows.push(...page)
  return rows
}
