/** A real scheduler that runs the preset's own steps against the simulator of the Graph API. */
import { LocalStorage } from '../../agent/connectors/storage/local-storage.ts'
import { type BuiltinDependencies, builtinHandlers } from '../../agent/jobs/builtins/index.ts'
import { type Catalog, withEnvironment } from '../../agent/jobs/catalog/catalog.ts'
import { marketingCatalog } from '../../agent/jobs/catalog/marketing.ts'
import { createBuiltinExecutor } from '../../agent/jobs/executors/builtin.ts'
import { createCommandExecutor } from '../../agent/jobs/executors/command.ts'
import { openPool } from '../../agent/store/database.ts'
import type { MetaSimulator } from '../../examples/meta-simulator/server.ts'
import type { AccountSpec } from '../../examples/meta-simulator/world.ts'
import { systemClock } from '../../shared/clock.ts'
import { quick } from './meta.ts'
import { createTestScheduler, type TestScheduler, type TestSchedulerOptions } from './scheduler.ts'

export interface MetaAgentOptions extends Partial<TestSchedulerOptions> {
  readonly url: string
  readonly simulator: MetaSimulator
  /** Where files are kept. */
  readonly folder: string
  readonly catalog?: Catalog
  /** In META_ACCESS_TOKEN; the simulator's unless told. */
  readonly token?: string
}

/** Not started yet. Advertises what it can run, as an agent does. */
export function createMetaAgent(options: MetaAgentOptions): TestScheduler {
  const { url, simulator, folder, token = simulator.simulation.token, ...others } = options
  const environment = { META_ACCESS_TOKEN: token }
  const catalog = withEnvironment(options.catalog ?? marketingCatalog(), environment)
  const command = createCommandExecutor({ environment: {}, baseDirectory: folder })
  const run: BuiltinDependencies['execute'] = (spec, context) => {
    if (spec.kind === 'builtin') return execute(spec.spec, context)
    if (spec.kind === 'command') return command(spec.spec, context)
    throw new Error(`${spec.kind} is not for this test`)
  }
  const { dependencies, stop } = builtinDependencies({ url, simulator, folder, catalog, execute: run })
  const execute = createBuiltinExecutor(builtinHandlers(dependencies))
  const agent = createTestScheduler({
    url,
    jobs: {},
    advertise: ['meta_sync', 'asset_download'],
    ...others,
    catalog,
    secret: (name) => (name === 'META_ACCESS_TOKEN' ? token : undefined),
    execute: run,
  })
  const stopAll = async (): Promise<void> => {
    await agent.stop()
    await stop()
  }
  return { ...agent, stop: stopAll, [Symbol.asyncDispose]: stopAll }
}

/** What the built-in steps work with, on a pool of its own. */
export function builtinDependencies(of: {
  readonly url: string
  readonly simulator: MetaSimulator
  readonly folder: string
  readonly catalog: Catalog
  readonly execute?: BuiltinDependencies['execute']
}): { dependencies: BuiltinDependencies; stop: () => Promise<void> } {
  const database = openPool({
    url: of.url,
    applicationName: 'built-in steps',
    size: 3,
    purpose: 'console',
    onConnectionError: () => undefined,
  })
  const dependencies: BuiltinDependencies = {
    catalog: of.catalog,
    database,
    clock: systemClock,
    random: () => 0,
    meta: { graphUrl: () => Promise.resolve(of.simulator.url), fetch, patience: quick },
    storage: new LocalStorage(of.folder),
    execute: of.execute ?? (() => Promise.reject(new Error('nothing else is run in this test'))),
  }
  return { dependencies, stop: () => database.stop() }
}

/** A zone where it is about noon, so that no day begins while a test runs. */
export function noonZone(now = new Date()): string {
  const offset = 12 - now.getUTCHours()
  // The signs of these zones are the other way round.
  return offset === 0 ? 'Etc/UTC' : `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`
}

/** One account, `act_1`: ten ads that deliver every day. */
export function noonAccount(changes: Partial<AccountSpec> = {}): AccountSpec {
  return { id: '1', name: 'Noon', currency: 'USD', timeZone: noonZone(), ads: 10, delivering: 1, ...changes }
}
