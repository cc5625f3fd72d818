import type { Command } from 'commander'
import type { CliContext, GlobalFlags } from './context.ts'

export function registerSample(program: Command, context: CliContext): void {
  const sample = program
    .command('sample')
    .description('the sample workspace: an organization whose pipelines do real work here')
  sample
    .command('load')
    .description('load it into the embedded database')
    .action((_flags: unknown, command: Command) => load(context, command.optsWithGlobals<GlobalFlags>()))
  sample
    .command('remove')
    .description('remove it with its jobs, runs, history, tables and files')
    .action((_flags: unknown, command: Command) => remove(context, command.optsWithGlobals<GlobalFlags>()))
}

async function load(context: CliContext, flags: GlobalFlags): Promise<void> {
  const [{ withSession }, { loadSample }] = await Promise.all([
    import('./session.ts'),
    import('../application/sample.ts'),
  ])
  await withSession(context, flags, 'write', async ({ connection, print }) => {
    const report = await loadSample(connection)
    print.answer({ loaded: true, ...report }, () => {
      print.line(`Loaded: ${report.organization} with ${report.brands} brands and ${report.jobs} jobs.`)
      print.line('An agent that is running has to be started anew to run them: stop it, then "pm start".')
    })
  })
}

async function remove(context: CliContext, flags: GlobalFlags): Promise<void> {
  const [{ withSession }, { removeSample }] = await Promise.all([
    import('./session.ts'),
    import('../application/sample.ts'),
  ])
  await withSession(context, flags, 'write', async ({ connection, settings, print }) => {
    const removed = await removeSample(connection, settings.dataDirectory)
    const words = removed
      ? 'Removed the sample: its organization, brands, jobs, runs, history, tables and files.'
      : 'There is no sample here; nothing was removed.'
    print.answer({ removed }, () => print.line(words))
  })
}
