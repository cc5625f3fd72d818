import type { Command } from 'commander'
import type { AgentEvent } from '../scheduler/events.ts'
import type { AgentProcess, Started } from '../application/agent-process.ts'
import type { FreshnessWatch } from '../application/freshness-watch.ts'
import type { Log, LogEntry } from '../application/log.ts'
import { type CliContext, type CliStream, type GlobalFlags, wantsColor } from './context.ts'
import type { EventLine } from './live-status-events.ts'
import type { LiveStatus, Terminal } from './live-status.ts'
import { listenForStop } from './start-signals.ts'

export interface StartFlags extends GlobalFlags {
  readonly headless?: boolean
}

/** Options that `start` and `agent` share; their values are settings, checked with all the others. */
export function addAgentOptions(command: Command): Command {
  return command
    .option('--port <number>', 'port of the HTTP server on this machine; 0 takes a free one (default 4180)')
    .option('--agent-name <name>', 'name of this agent (default: the name of this machine)')
    .option('--job-types <list>', 'claim only these job types, separated by commas')
    .option('--concurrency <number>', 'runs at the same time (default 10)')
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
  const { loadConfiguration } = await import('../config.ts')
  const { environment, clock } = context
  const configuration = loadConfiguration({ flags: { ...flags }, environment })
  const { SecretMasker } = await import('../jobs/log/secret-masker.ts')
  const masker = new SecretMasker()
  const output = await createOutput(context, flags, configuration.settings, (text) => masker.mask(text))
  const stop = listenForStop(clock, (message) => output.log({ level: 'error', event: 'unexpected_error', message }))
  const { AgentProcess } = await import('../application/agent-process.ts')
  const options = { configuration, environment, clock, isSampleWelcome, masker, log: output.log, onEvent: output.event }
  const agentProcess = new AgentProcess(options)
  try {
    await runUntilStopped(agentProcess, output, stop.wished, context)
  } finally {
    stop.release()
  }
}

async function runUntilStopped(
  agentProcess: AgentProcess,
  output: Output,
  wished: ReturnType<typeof listenForStop>['wished'],
  { clock, setExitCode }: CliContext,
): Promise<void> {
  const stopped = wished.then(async (wish) => {
    const began = clock.monotonic()
    output.log({
      level: 'info',
      event: 'stopping',
      message: 'Stopping: running work may finish, the rest is given back.',
    })
    await agentProcess.stop()
    await output.end()
    const durationMs = Math.round(clock.monotonic() - began)
    const message = `Stopped in good order · ${(durationMs / 1_000).toFixed(1)} s`
    output.log({ level: 'info', event: 'stopped', message, fields: { duration_ms: durationMs } })
    setExitCode(wish.exitCode)
  })
  try {
    await output.show(await agentProcess.start())
  } catch (error) {
    if (!agentProcess.isStopping) throw error
  }
  await stopped
}

/** Where what happens is told: a panel on a terminal, else lines. */
interface Output {
  readonly log: Log
  readonly event: (event: AgentEvent) => void
  show(started: Started): Promise<void>
  /** From now on everything is a plain line again. */
  end(): Promise<void>
}

/** How old the picture of the datasets may get, ms: somebody looks at a panel; a log only needs the changes. */
const refreshMs = { panel: 10_000, lines: 300_000 }

async function createOutput(
  context: CliContext,
  flags: StartFlags,
  settings: { readonly headless: boolean; readonly logLevel: LogEntry['level']; readonly renewSeconds: number },
  mask: (text: string) => string,
): Promise<Output> {
  const { clock, stdout } = context
  const [{ createLog, jsonLine }, { describeChange, describeEvent }, { plainLine }] = await Promise.all([
    import('../application/log.ts'),
    import('./live-status-events.ts'),
    import('./start-lines.ts'),
  ])
  const colors = wantsColor(context, stdout, flags)
  const panel = await createPanel(context, flags, settings, colors)
  const panelState = { isShown: false }
  const write = (entry: LogEntry & Partial<Pick<EventLine, 'mark'>>): void => {
    if (panelState.isShown) panel?.note(entry)
    else if (flags.json === true) stdout.write(`${jsonLine(withoutMark(entry), clock)}\n`)
    else stdout.write(`${plainLine(entry, { clock, colors, isTty: context.isTty })}\n`)
  }
  const log = createLog({ least: settings.logLevel, mask, write })
  const startedAt = new Map<string, number>()
  let watch: FreshnessWatch | null = null
  let isDatabaseLost = false
  return {
    log,
    event: (event) => {
      // That it answers at all was told by the start.
      if (event.type === 'database' && event.reachable && !isDatabaseLost) return
      if (event.type === 'database') isDatabaseLost = !event.reachable
      log(describeEvent(event, elapsed(event, startedAt, clock.monotonic())))
      panel?.take(event)
      if (event.type === 'run_started' || event.type === 'run_ended') watch?.touch()
    },
    show: async (started) => {
      const { FreshnessWatch } = await import('../application/freshness-watch.ts')
      watch = new FreshnessWatch({
        database: started.connection.database,
        clock,
        catalog: started.catalog,
        aliveSeconds: settings.renewSeconds * 3,
        refreshMs: panel === null ? refreshMs.lines : refreshMs.panel,
        onOverview: () => panel?.repaint(),
        onChange: (change) => {
          const line = describeChange(change)
          if (line !== null) log(line)
        },
        onTrouble: (message) => log({ level: 'warn', event: 'trouble', message }),
      })
      watch.start()
      panelState.isShown = panel !== null
      await panel?.show(started, watch)
    },
    end: async () => {
      panelState.isShown = false
      panel?.hide()
      await watch?.stop()
    },
  }
}

function withoutMark({ level, event, message, fields = {} }: LogEntry): LogEntry {
  return { level, event, message, fields }
}

async function createPanel(
  { stdout, isTty, clock }: CliContext,
  flags: StartFlags,
  settings: { readonly headless: boolean },
  colors: boolean,
): Promise<LiveStatus | null> {
  if (!isTty || settings.headless || flags.json === true || !isTerminal(stdout)) return null
  const { LiveStatus } = await import('./live-status.ts')
  return new LiveStatus({ terminal: stdout, colors, clock })
}

function isTerminal(stream: CliStream): stream is Terminal {
  return stream.isTTY === true && 'rows' in stream
}

/** Since the start of the run that the event is about, ms; null when it is about none. */
function elapsed(event: AgentEvent, startedAt: Map<string, number>, now: number): number | null {
  if (event.type === 'run_started') startedAt.set(event.run.runId, now)
  if (event.type !== 'run_ended' && event.type !== 'run_lost') return null
  const began = startedAt.get(event.run.runId)
  startedAt.delete(event.run.runId)
  return began === undefined ? null : now - began
}
