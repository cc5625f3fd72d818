import type { Command } from 'commander'
import type { AgentProcess } from '../application/agent-process.ts'
import { settingDefinitions } from '../settings/definitions.ts'
import type { CliContext, GlobalFlags } from './context.ts'
import type { StartOutput } from './start-output.ts'
import { hasTerminal, listenForStop, type StopWish } from './start-signals.ts'

export interface StartFlags extends GlobalFlags {
  readonly headless?: boolean
}

/** What every command takes (program.ts), and what only `start` does. */
const declaredElsewhere: ReadonlySet<string> = new Set(['data_dir', 'database_url', 'config', 'headless'])

/** A flag for each setting; their values are checked with all the others. */
export function addAgentOptions(command: Command): Command {
  for (const { name, flag, kind, description, defaultText } of Object.values(settingDefinitions)) {
    if (declaredElsewhere.has(name)) continue
    const usual = `${description.replace(/\.$/, '')} (default: ${defaultText})`
    command.option(kind === 'boolean' ? flag : `${flag} <${kind === 'integer' ? 'number' : kind}>`, usual)
  }
  return command
}

export function registerStart(program: Command, context: CliContext): void {
  addAgentOptions(program.command('start'))
    .description('start database, agent and HTTP server, and show what happens; loads the sample into a new database')
    .option('--headless', 'no live status: one line for each event')
    .action((_flags: unknown, command: Command) =>
      runAgentCommand(context, command.optsWithGlobals<StartFlags>(), { isSampleWelcome: true }),
    )
}

/** Runs until a signal, or until something unexpected happens. Throws Problem when the agent cannot start. */
export async function runAgentCommand(
  context: CliContext,
  flags: StartFlags,
  { isSampleWelcome }: { readonly isSampleWelcome: boolean },
): Promise<void> {
  // Loaded here, so that the other commands do not pay for the agent.
  const [{ loadConfiguration }, { SecretMasker }, { AgentProcess }, { StartOutput }] = await Promise.all([
    import('../config.ts'),
    import('../jobs/log/secret-masker.ts'),
    import('../application/agent-process.ts'),
    import('./start-output.ts'),
  ])
  const { environment, clock } = context
  const configuration = loadConfiguration({ flags: { ...flags }, environment })
  const masker = new SecretMasker()
  const output = new StartOutput(context, flags, configuration.settings, (text) => masker.mask(text))
  const { log, event: onEvent, tellConsole: onWaiting } = output
  const options = { configuration, environment, clock, isSampleWelcome, masker, log, onEvent, onWaiting }
  const agentProcess = new AgentProcess(options)
  const onError = (message: string): void => log({ level: 'error', event: 'unexpected_error', message })
  const isService = configuration.settings.headless && !hasTerminal()
  const stop = listenForStop(clock, onError, isService ? agentProcess.lookAtCertificate : null)
  try {
    await runUntilStopped(agentProcess, output, stop.wished, context)
  } finally {
    stop.release()
  }
}

async function runUntilStopped(
  agentProcess: AgentProcess,
  output: StartOutput,
  wished: Promise<StopWish>,
  context: CliContext,
): Promise<void> {
  const stopped = wished.then((wish) => stopInOrder(agentProcess, output, wish, context))
  try {
    await output.show(await agentProcess.start())
  } catch (error) {
    if (!agentProcess.isStopping) throw error
  }
  await stopped
}

async function stopInOrder(
  agentProcess: AgentProcess,
  output: StartOutput,
  { exitCode }: StopWish,
  { clock, setExitCode }: CliContext,
): Promise<void> {
  const began = clock.monotonic()
  output.log({
    level: 'info',
    event: 'stopping',
    message: 'Stopping: running work may finish, the rest is given back.',
  })
  await output.settle()
  await agentProcess.stop()
  output.end()
  const durationMs = Math.round(clock.monotonic() - began)
  const message = `Stopped in good order · ${(durationMs / 1_000).toFixed(1)} s`
  output.log({ level: 'info', event: 'stopped', message, fields: { duration_ms: durationMs } })
  setExitCode(exitCode)
}
