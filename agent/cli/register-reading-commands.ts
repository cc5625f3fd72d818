import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { withList } from './with-list.ts'

/** Commands that only look. */
export function registerReadingCommands(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('how fresh every dataset is, how its last attempt went, and why')
    .option('--brand <name|id>', 'only this brand')
    .option('--group <name>', 'only the brands of this group')
    .option('--org <name|id>', 'only this organization')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/status.ts')).showStatus(context, command.optsWithGlobals())
    })
  registerReadiness(program, context)
  registerJobs(program.command('jobs').description('jobs, and who changed one'), context)
  withList(
    program
      .command('runs')
      .description('runs, the newest first; or one run with its steps')
      .argument('[run]', 'id, or its first or last characters')
      .option('--brand <name|id>', 'only this brand')
      .option('--group <name>', 'only the brands of this group')
      .option('--type <job type>', 'only this job type')
      .option('--status <status>', 'pending, running, completed, failed or cancelled')
      .option('--problem [problem]', 'only those that need attention, or only this problem')
      .option('--job <job>', 'only runs of this job')
      .option('--limit <number>', 'at most so many, up to 500 (default: 30)'),
    async (command, run) => {
      await (await import('./commands/runs.ts')).showRuns(context, run, command.optsWithGlobals())
    },
  )
  program
    .command('logs')
    .description('the log of a run. Exit code 1 when it failed or was cancelled')
    .argument('<run>', 'id, or its first or last characters')
    .option('-f, --follow', 'until the run ends; with --json one line of JSON per log line')
    .action(async (run: string, _flags, command: Command) => {
      await (await import('./commands/logs.ts')).showLogs(context, run, command.optsWithGlobals())
    })
  withList(
    program.command('agents').description('who works on this database, and what they can run'),
    async (command) => {
      await (await import('./commands/agents.ts')).showAgents(context, command.optsWithGlobals())
    },
  )
}

/** May the data be used, and how fresh it was. */
function registerReadiness(program: Command, context: CliContext): void {
  program
    .command('ready')
    .description('may pages use the data of a brand, or of all? Exit code 0 ready or degraded, 1 not ready, 2 error')
    .option('--brand <name|id>', 'the brand')
    .option('--all', 'every brand: what is not ready, and when it will be')
    .option('--page <page>', 'only this page, as the catalog names it; else all of them')
    .option('--by <HH:MM>', 'with --all: what will not be ready the next time the clocks show this')
    .option('--zone <zone>', 'with --by: whose clocks (IANA name); default_time_zone unless told')
    .option('--org <name|id>', 'with --all: only this organization')
    .option('--group <name>', 'with --all: only the brands of this group')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/ready-all.ts')).showReadinessOf(context, command.optsWithGlobals())
    })
  program
    .command('report')
    .description(
      'how fresh the data was: share of the time, how often stale and for how long, success rate; the worst first',
    )
    .option('--brand <name|id>', 'only this brand, dataset by dataset')
    .option('--group <name>', 'only the brands of this group')
    .option('--org <name|id>', 'only this organization')
    .option('--days <days>', '7, 30 or 90 (default: 30)')
    .option('--at <HH:MM>', 'when pages have to be ready (default: 09:00)')
    .option('--zone <zone>', 'whose clocks (IANA name); default_time_zone unless told')
    .option('--daily', 'count weekends as well')
    .option('--csv', 'a line for each dataset of each brand')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/report.ts')).showReport(context, command.optsWithGlobals())
    })
}

/** The word alone lists: a command of its own, so that its options are not taken from the other. */
function registerJobs(jobs: Command, context: CliContext): void {
  jobs
    .command('list', { isDefault: true })
    .description('jobs, those that need a person first')
    .option('--brand <name|id>', 'only this brand')
    .option('--group <name>', 'only the brands of this group')
    .option('--type <job type>', 'only this job type')
    .option('--status <status>', 'active, paused, completed, archived, dead, running, or all but archived', 'all')
    .option('--last-result <result>', 'only those whose last run failed, cancelled or completed, or that never ran')
    .option('--limit <number>', 'at most so many, up to 500 (default: 100)')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/jobs.ts')).showJobs(context, command.optsWithGlobals())
    })
  jobs
    .command('history')
    .description('who changed a job, from what to what, the newest first')
    .argument('<job>', 'id, its first or last characters, or its exact name')
    .option('--brand <name|id>', 'look among the jobs of this brand')
    .option('--limit <number>', 'at most so many, up to 500 (default: 20)')
    .action(async (job: string, _flags, command: Command) => {
      await (await import('./commands/job-history.ts')).showJobHistory(context, job, command.optsWithGlobals())
    })
}
