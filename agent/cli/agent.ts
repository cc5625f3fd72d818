import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { addAgentOptions, runAgentCommand, type StartFlags } from './start.ts'

export function registerAgent(program: Command, context: CliContext): void {
  addAgentOptions(program.command('agent'))
    .description('run an agent on a server: no live status, one line (or with --json one document) for each event')
    .action((_flags: unknown, command: Command) =>
      runAgentCommand(
        context,
        { ...command.optsWithGlobals<StartFlags>(), headless: true },
        { isSampleWelcome: false },
      ),
    )
}
