import { Command } from 'commander'
import { programVersion } from '../application/program.ts'
import { registerAgent } from './agent.ts'
import type { CliContext } from './context.ts'
import { registerAccessCommands } from './register-access-commands.ts'
import { registerBackfillCommands } from './register-backfill-commands.ts'
import { registerHoldCommands } from './register-hold-commands.ts'
import { registerIncidentCommands } from './register-incident-commands.ts'
import { registerJobCommands } from './register-job-commands.ts'
import { registerReadingCommands } from './register-reading-commands.ts'
import { registerSettingsCommands } from './register-settings-commands.ts'
import { registerSetupCommands } from './register-setup-commands.ts'
import { registerStartingCommands } from './register-starting-commands.ts'
import { registerSample } from './sample.ts'
import { registerStart } from './start.ts'

/**
 * The whole command line. Only declarations are loaded here; what a command does is imported when it is called, so that
 * `pm status` does not pay for the agent.
 */
export function buildProgram(context: CliContext): Command {
  const program = new Command('pm')
  program
    .description('Pipeline Manager: is the data fresh, why not, and what to do about it.')
    .version(programVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .option('--data-dir <folder>', 'data folder; commands given the same one talk to the embedded server running there')
    .option('--database-url <url>', 'your own Postgres instead of the embedded server')
    .option('--config <file>', 'pipeline-manager.yaml with catalog and settings')
    .option('--json', 'one JSON document on stdout; errors as JSON on stderr')
    .option('--no-color', 'no colours, also on a terminal')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      // Reported once, by whoever runs the program, in the form the caller asked for.
      outputError: () => undefined,
    })
    .exitOverride()
  registerStart(program, context)
  registerAgent(program, context)
  registerReadingCommands(program, context)
  registerJobCommands(program, context)
  registerBackfillCommands(program, context)
  registerHoldCommands(program, context)
  registerStartingCommands(program, context)
  registerIncidentCommands(program, context)
  registerSetupCommands(program, context)
  registerSettingsCommands(program, context)
  registerAccessCommands(program, context)
  registerSample(program, context)
  program.addHelpText('after', afterHelp)
  return program
}

const afterHelp = `
Exit codes: 0 done, ready or no problem · 1 not ready, problems found or the run failed · 2 it could not be done
            3 "pm apply --dry-run": there would be changes
Settings and their environment variables: pm doctor --settings
In a clone of the project, pm is: npm run --silent pm --`
