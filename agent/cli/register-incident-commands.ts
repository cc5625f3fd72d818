import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { withList } from './with-list.ts'

const incidentArgument = ['<incident>', 'id, or its first characters'] as const

/** Commands about what is wrong. */
export function registerIncidentCommands(program: Command, context: CliContext): void {
  withList(
    program
      .command('incidents')
      .description('what is wrong now: stale data, failed runs, lost agents; effects stand below their cause')
      .option('--all', 'also what has ended')
      .option('--brand <name|id>', 'only this brand')
      .option('--org <name|id>', 'only this organization')
      .option('--on-it <name>', 'only what this person is on; also me, nobody')
      .option('--limit <number>', 'at most so many, up to 500 (default: 100)'),
    async (command) => {
      await (await import('./commands/incidents.ts')).showIncidents(context, command.optsWithGlobals())
    },
  )
  program
    .command('ack')
    .description('say that you are on it, or give it to somebody')
    .argument(...incidentArgument)
    .option('--for <name>', 'who is on it (default: you)')
    .option('--note <text>', 'what others should know')
    .action(async (incident: string, _flags, command: Command) => {
      await (await import('./commands/incidents.ts')).acknowledge(context, incident, command.optsWithGlobals())
    })
  program
    .command('snooze')
    .description('keep an incident quiet for a while')
    .argument(...incidentArgument)
    .option('--for <length>', 'minutes, hours, days or weeks: 90m, 1h, 2d, 1w')
    .option('--until <instant>', 'with its offset: 2026-01-31T06:00:00Z')
    .option('--until-recovery', 'until it ends by itself')
    .option('--note <text>', 'what others should know')
    .action(async (incident: string, _flags, command: Command) => {
      await (await import('./commands/incidents.ts')).snooze(context, incident, command.optsWithGlobals())
    })
  registerMuteCommands(program, context)
}

function registerMuteCommands(program: Command, context: CliContext): void {
  program
    .command('mute')
    .description('add a rule that keeps what fits it quiet; it is opened and shown all the same')
    .requiredOption('--org <name|id>', 'the organization')
    .option('--brand <name|id>', 'only this brand')
    .option('--dataset <key>', 'only this dataset')
    .option('--type <job type>', 'only this job type')
    .option('--kind <kind>', 'only this kind, such as dataset_stale')
    .option('--for <length>', 'how long: 90m, 1h, 2d, 1w (default: until the rule is removed)')
    .option('--until <instant>', 'until when, with its offset')
    .option('--note <text>', 'why')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/mutes.ts')).mute(context, command.optsWithGlobals())
    })
  withList(
    program
      .command('mutes')
      .description('rules that keep incidents quiet')
      .requiredOption('--org <name|id>', 'the organization'),
    async (command) => {
      await (await import('./commands/mutes.ts')).showMutes(context, command.optsWithGlobals())
    },
  )
  program
    .command('unmute')
    .description('remove such a rule')
    .argument('<rule>', 'id, or its first characters')
    .requiredOption('--org <name|id>', 'the organization')
    .action(async (rule: string, _flags, command: Command) => {
      await (await import('./commands/mutes.ts')).unmute(context, rule, command.optsWithGlobals())
    })
}
