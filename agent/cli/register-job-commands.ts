import type { Command } from 'commander'
import type { CliContext } from './context.ts'

const jobArgument = ['<job>', 'id, its first or last characters, or its exact name'] as const
const collect = (text: string, before: readonly string[] = []): string[] => [...before, text]

/** Commands that change what runs. */
export function registerJobCommands(program: Command, context: CliContext): void {
  program
    .command('run')
    .description('run a job type once for a brand')
    .argument('<job type>')
    .requiredOption('--brand <name|id>', 'the brand')
    .option('--param <name=value>', 'a parameter, typed by the schema of the job type; may be repeated', collect)
    .option('--priority <priority>', 'low, normal, high or urgent', 'normal')
    .option('--wait', 'show how it goes; exit code 0 completed, 1 failed or cancelled')
    .option('--timeout <seconds>', 'with --wait: stop watching after so long, with exit code 2')
    .action(async (jobType: string, _flags, command: Command) => {
      await (await import('./commands/run.ts')).runJobType(context, jobType, command.optsWithGlobals())
    })
  registerSchedule(program, context)
  const verbs = {
    pause: 'no new runs until it is resumed',
    resume: 'let a paused job run again, from now on',
    archive: 'put a job away: it neither runs nor is listed any more',
  } as const
  for (const verb of ['pause', 'resume', 'archive'] as const) {
    program
      .command(verb)
      .description(verbs[verb])
      .argument(...jobArgument)
      .option('--brand <name|id>', 'look among the jobs of this brand')
      .action(async (job: string, _flags, command: Command) => {
        await (await import('./commands/control.ts')).changeJob(context, verb, job, command.optsWithGlobals())
      })
  }
  program
    .command('cancel')
    .description('stop a run in progress')
    .argument('<run|job>', 'a run, or the job whose run is meant')
    .option('--brand <name|id>', 'look among the jobs of this brand')
    .action(async (text: string, _flags, command: Command) => {
      await (await import('./commands/control.ts')).cancel(context, text, command.optsWithGlobals())
    })
  program
    .command('retry')
    .description('run a failed, cancelled or dead job again at once, its attempts counted anew')
    .argument('<job|run>', 'a job, or a run of it')
    .option('--brand <name|id>', 'look among the jobs of this brand')
    .option('--from-failed-step', 'of a failed run: new work that skips what it has done and begins where it failed')
    .action(async (text: string, _flags, command: Command) => {
      await (await import('./commands/control.ts')).retry(context, text, command.optsWithGlobals())
    })
  program
    .command('confirm')
    .description('say whether a run did its work whose outcome nobody knows')
    .argument('<run|job>', 'a run, or the job whose last run is meant')
    .option('--brand <name|id>', 'look among the jobs of this brand')
    .option('--done', 'it was done: its dataset is refreshed, the job goes on with its next run')
    .option('--not-done', 'it was not done: run it again')
    .option('--at <instant>', 'with --done: as of when the data counts (default: the start of the run)')
    .option('--records <count>', 'with --done: how many records the source has of it')
    .option('--note <text>', 'what you found out')
    .action(async (text: string, _flags, command: Command) => {
      await (await import('./commands/confirm.ts')).confirm(context, text, command.optsWithGlobals())
    })
}

function registerSchedule(program: Command, context: CliContext): void {
  program
    .command('schedule')
    .description(
      'create or update the one recurring job of a brand and job type; for many brands, make those that are missing',
    )
    .argument('<job type>')
    .option('--cron <expression>', 'such as "0 6 * * *" (default: as it is; for a new job as its catalog suggests)')
    .option('--zone <zone>', 'IANA time zone such as Europe/Berlin (default: the setting default_time_zone)')
    .option(
      '--brand <name|id>',
      'the brand; may be repeated: those that have one of the job type are then left alone',
      collect,
    )
    .option('--all-brands', 'all brands in use of the organization; those that have one are left alone')
    .option('--org <name|id>', 'the organization of the brands (default: with --all-brands, the only one there is)')
    .option(
      '--spread <time>',
      'each brand starts at a minute of its own within so long after the time, such as 30m or 2h',
    )
    .option('--dry-run', 'with several brands: only say what would be made')
    .option('--name <name>', 'name of the job (default: the job type)')
    .option('--param <name=value>', 'a parameter; may be repeated (default: as they are)', collect)
    .option('--retries <count>', 'attempts after the first, 0 to 100 (default: as it is; for a new job 3)')
    .option(
      '--alert-after <count>',
      'tell of failures after so many runs in a row, 1 to 20 (default: as it is; for a new job 1)',
    )
    .option('--timeout-minutes <minutes>', 'a run that takes longer is stopped; "default": as the job type says')
    .option('--overlap <policy>', 'while a run with the same key is going: queue or skip')
    .option('--catch-up <policy>', 'after missed runs: latest or skip')
    .option('--priority <priority>', 'low, normal, high or urgent')
    .option(
      '--key <key>',
      'never at the same time as others with this key; "" for the usual one, of brand and job type',
    )
    .option('--preview', 'only show the next five times')
    .action(async (jobType: string, _flags, command: Command) => {
      await (await import('./commands/schedule.ts')).schedule(context, jobType, command.optsWithGlobals())
    })
}
