import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { withList } from './with-list.ts'

/** Commands about what may not start for a while. */
export function registerHoldCommands(program: Command, context: CliContext): void {
  program
    .command('hold')
    .description('start nothing of a brand, job type or organization for a while; what runs goes on, no job is changed')
    .option('--org <name|id>', 'all brands of this organization (default: the only one)')
    .option('--brand <name|id>', 'only this brand')
    .option('--type <job type>', 'only this job type')
    .option('--from <instant>', 'from when on, with its offset (default: now)')
    .option('--for <length>', 'how long: 90m, 4h, 2d, 1w (default: until it is released)')
    .option('--until <instant>', 'until when, with its offset: 2026-01-31T14:00:00+01:00')
    .requiredOption('--reason <text>', 'why, for everybody who waits')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/holds.ts')).hold(context, command.optsWithGlobals())
    })
  withList(
    program
      .command('holds')
      .description('what is held, will be, and was in the last 7 days')
      .option('--org <name|id>', 'only this organization')
      .option('--brand <name|id>', 'only what is about this brand'),
    async (command) => {
      await (await import('./commands/holds.ts')).showHolds(context, command.optsWithGlobals())
    },
  )
  program
    .command('release')
    .description('end a hold; what is due starts, by the catch-up policy of each job')
    .argument('<hold>', 'id, or its first characters')
    .option('--until <instant>', 'not now, but then')
    .action(async (text: string, _flags, command: Command) => {
      await (await import('./commands/holds.ts')).release(context, text, command.optsWithGlobals())
    })
}
