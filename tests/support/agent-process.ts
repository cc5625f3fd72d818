/** An agent in a process of its own, for tests that kill it. argv: an AgentProcessOptions as JSON. Says what happens on stdout. */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { commandSpec, createCommandExecutor } from '../../agent/jobs/executors/command.ts'
import type { StepContext, StepResult } from '../../agent/jobs/executors/executor.ts'
import type { SchedulerSettings } from '../../agent/scheduler/scheduler-settings.ts'
import { systemClock } from '../../shared/clock.ts'
import { createTestScheduler, done, type TestJobType, untilAborted } from './scheduler.ts'

export type AgentProcessOptions = {
  readonly url: string
  readonly name: string
} & Partial<
  Pick<
    SchedulerSettings,
    | 'concurrency'
    | 'claimBatch'
    | 'leaseSeconds'
    | 'renewSeconds'
    | 'trustSeconds'
    | 'pollSeconds'
    | 'shutdownGraceSeconds'
    | 'restartGraceSeconds'
  >
>

const [argument = '{}'] = process.argv.slice(2)
// The test that starts this process wrote it.
const options = JSON.parse(argument) as AgentProcessOptions
const effects = new pg.Pool({ connectionString: options.url, max: 4, application_name: 'test' })
effects.on('error', () => undefined)

/** The work itself is at-least-once: its row has a natural key, and it is tried again when the database was away. */
async function effect({ identity, parameters }: StepContext): Promise<StepResult> {
  await delay(Number(parameters['ms'] ?? 5))
  for (;;) {
    try {
      await effects.query(
        'insert into effects (run_id, attempt, process_id) values ($1, $2, $3) on conflict do nothing',
        [identity.runId, identity.attempt, process.pid],
      )
      return { recordsAffected: 1, metadata: { process_id: process.pid } }
    } catch {
      await delay(50)
    }
  }
}

const command = createCommandExecutor({ environment: { PATH: process.env['PATH'] }, baseDirectory: process.cwd() })

const jobs: Record<string, TestJobType | ((context: StepContext) => StepResult | Promise<StepResult>)> = {
  effect,
  wait: untilAborted,
  /** Goes on for the given time whatever it is told, as work does that has no way to hear it. */
  deaf: async (context) => {
    await delay(Number(context.parameters['ms']))
    return effect(context)
  },
  command: (context) => command(commandSpec.parse({ command: ['sleep', '{{ parameters.seconds }}'] }), context),
  throws: () => {
    throw new Error('poison')
  },
  exits: () => process.exit(3),
  spins: () => {
    // Nothing else of this process ever gets its turn again.
    for (;;) if (process.pid < 0) return done
  },
  never: { timeoutMinutes: 0.002, steps: [{ key: 'work', run: () => new Promise<never>(() => undefined) }] },
}

const agent = createTestScheduler({
  ...options,
  agentName: options.name,
  jobs,
  clock: systemClock,
  concurrency: options.concurrency ?? 10,
})
const told = new Set(['state', 'listening', 'database', 'run_lost', 'run_recovered'])
agent.scheduler.subscribe((event) => {
  if (told.has(event.type)) process.stdout.write(`${JSON.stringify(event)}\n`)
})
process.once('SIGTERM', () => {
  void agent
    .stop()
    .then(() => effects.end())
    .then(() => process.stdout.write('{"type":"gone"}\n'))
})
await agent.scheduler.start()
