import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { withList } from './with-list.ts'

const collect = (text: string, before: readonly string[] = []): string[] => [...before, text]

/** Commands that run old days again. */
export function registerBackfillCommands(program: Command, context: CliContext): void {
  program
    .command('backfill')
    .description('run old days again, one run after another; no data looks newer for it than the days are')
    .argument('<job type>', 'one whose catalog says which parameters are its days')
    .requiredOption('--brand <name|id>', 'the brand')
    .requiredOption('--from <day>', 'the first day: 2026-01-31')
    .requiredOption('--to <day>', 'the last day, included')
    .option('--days-per-run <count>', 'how many days one run covers, at most what the catalog says', '1')
    .option('--newest-first', 'the newest days first (default: the oldest)')
    .option('--only-missing', 'leave out days that had a completed run with the same other parameters')
    .option('--beside', 'beside the regular runs of the brand (default: it takes turns with them)')
    .option('--param <name=value>', 'a parameter that says no day; may be repeated', collect)
    .option('--priority <priority>', 'low, normal, high or urgent', 'low')
    .option('--dry-run', 'only say which runs that would be')
    .option('--wait', 'wait until all of them have ended; exit code 1 unless all completed')
    .action(async (jobType: string, _flags, command: Command) => {
      await (await import('./commands/backfills.ts')).backfill(context, jobType, command.optsWithGlobals())
    })
  const backfills = withList(
    program
      .command('backfills')
      .description('backfills under way, and those over since at most 30 days')
      .option('--org <name|id>', 'only this organization')
      .option('--brand <name|id>', 'only this brand'),
    async (command) => {
      await (await import('./commands/backfills.ts')).showBackfills(context, command.optsWithGlobals())
    },
  )
  backfills
    .command('cancel')
    .description('call off what has not begun; what runs goes on')
    .argument('<backfill>', 'id, or its first characters')
    .action(async (text: string, _flags, command: Command) => {
      await (await import('./commands/backfills.ts')).actOnBackfill(context, 'cancel', text, command.optsWithGlobals())
    })
  backfills
    .command('retry')
    .description('try again what has failed for good')
    .argument('<backfill>', 'id, or its first characters')
    .action(async (text: string, _flags, command: Command) => {
      await (await import('./commands/backfills.ts')).actOnBackfill(context, 'retry', text, command.optsWithGlobals())
    })
}
