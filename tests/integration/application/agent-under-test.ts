/** A whole agent process of the product inside the test: configuration as flags, a catalog as text, a data folder of its own. */
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AgentProcess, type Served } from '../../../agent/application/agent-process.ts'
import type { LogEntry } from '../../../agent/application/log.ts'
import { loadConfiguration } from '../../../agent/config.ts'
import { SecretMasker } from '../../../agent/jobs/log/secret-masker.ts'
import type { AgentEvent } from '../../../agent/scheduler/events.ts'
import { systemClock } from '../../../shared/clock.ts'
import type { TemporaryFolder } from '../../support/temporary-folder.ts'

export interface AgentUnderTest {
  readonly agent: AgentProcess
  readonly log: LogEntry[]
  readonly events: AgentEvent[]
  /** Where the console is, told when the database cannot be used at the start. */
  readonly waiting: Served[]
}

/** Writes `catalog` as a file only we can change, and returns its path. */
export async function catalogFile(folder: TemporaryFolder, catalog: object): Promise<string> {
  const file = join(folder.path, 'pipeline-manager.yaml')
  // JSON is YAML.
  await writeFile(file, JSON.stringify(catalog))
  await chmod(file, 0o600)
  return file
}

export function agentUnderTest(
  flags: Record<string, string>,
  options: { isSampleWelcome?: boolean; environment?: Readonly<Record<string, string>> } = {},
): AgentUnderTest {
  const log: LogEntry[] = []
  const events: AgentEvent[] = []
  const waiting: Served[] = []
  const environment = { PATH: process.env['PATH'], ...options.environment }
  const agent = new AgentProcess({
    configuration: loadConfiguration({ flags: { port: '0', ...flags }, environment }),
    environment,
    clock: systemClock,
    isSampleWelcome: options.isSampleWelcome ?? false,
    masker: new SecretMasker(),
    log: (entry) => log.push(entry),
    onEvent: (event) => events.push(event),
    onWaiting: (served) => waiting.push(served),
  })
  return { agent, log, events, waiting }
}

/** A catalog with one job type `work` of one command. */
export function commandCatalog(command: readonly string[]): object {
  return {
    extends: 'none',
    datasets: { results: { label: 'Results' } },
    job_types: { work: { label: 'Work', steps: [{ key: 'step', dataset: 'results', run: { command } }] } },
  }
}
