import type { Command } from 'commander'
import type { CliContext } from './context.ts'

const collect = (text: string, before: readonly string[] = []): string[] => [...before, text]

/** What starts runs besides the time: refreshed datasets and other programs. */
export function registerStartingCommands(program: Command, context: CliContext): void {
  registerTriggers(program, context)
  registerHooks(program, context)
}

function registerTriggers(program: Command, context: CliContext): void {
  const triggers = program.command('triggers').alias('trigger').description('what runs when a dataset is refreshed')
  listOf(triggers, 'list triggers and how they do').action(async (_flags, command: Command) => {
    await (await import('./commands/triggers.ts')).showTriggers(context, command.optsWithGlobals())
  })
  triggers
    .command('create')
    .description('run something whenever a dataset of a brand is refreshed, whoever refreshes it')
    .requiredOption('--brand <name|id>', 'the brand')
    .requiredOption('--dataset <dataset>', 'the dataset')
    .option('--job <job>', 'a recurring job of the brand: id or exact name')
    .option('--job-type <job type>', 'a job type instead, with parameters of its own')
    .option('--param <name=value>', 'a parameter of the job type; may be repeated', collect)
    .option('--debounce <seconds>', 'how long to wait for more refreshes, which start one run (default 60; 0: at once)')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/triggers.ts')).createTriggerOf(context, command.optsWithGlobals())
    })
  const triggerArgument = ['<trigger>', 'its id, which may be shortened, or its dataset'] as const
  const verbs = { pause: 'fire no more until it is resumed', resume: 'fire for what is refreshed from now on' } as const
  for (const verb of ['pause', 'resume'] as const) {
    triggers
      .command(verb)
      .description(verbs[verb])
      .argument(...triggerArgument)
      .action(async (text: string, _flags, command: Command) => {
        const { switchTrigger } = await import('./commands/triggers.ts')
        await switchTrigger(context, text, verb === 'pause', command.optsWithGlobals())
      })
  }
  triggers
    .command('remove')
    .description('remove a trigger')
    .argument(...triggerArgument)
    .action(async (text: string, _flags, command: Command) => {
      await (await import('./commands/triggers.ts')).removeTriggerNamed(context, text, command.optsWithGlobals())
    })
}

function registerHooks(program: Command, context: CliContext): void {
  const hooks = program.command('hooks').alias('hook').description('addresses at which other programs queue jobs')
  listOf(hooks, 'list hooks; their secrets are not shown').action(async (_flags, command: Command) => {
    await (await import('./commands/hooks.ts')).showHooks(context, command.optsWithGlobals())
  })
  hooks
    .command('create')
    .description('make an address and the secret to sign with, and print both, once')
    .argument('<name>')
    .requiredOption('--brand <name|id>', 'the brand')
    .requiredOption('--job-type <job type>', 'what a message queues')
    .option('--from <name=/pointer>', 'where a parameter is in the message (JSON pointer); may be repeated', collect)
    .option('--param <name=value>', 'a parameter that is always the same; may be repeated', collect)
    .option('--style <style>', 'how messages are signed: standard (Standard Webhooks) or github', 'standard')
    .action(async (name: string, _flags, command: Command) => {
      await (await import('./commands/hooks.ts')).createHookOf(context, name, command.optsWithGlobals())
    })
  const verbs = {
    pause: 'switch a hook off: what is sent to it is refused',
    resume: 'switch a hook on again',
    remove: 'remove a hook',
  } as const
  for (const verb of ['pause', 'resume', 'remove'] as const) {
    hooks
      .command(verb)
      .description(verbs[verb])
      .argument('<hook>', 'its id, which may be shortened, or its name')
      .action(async (text: string, _flags, command: Command) => {
        await (await import('./commands/hooks.ts')).changeHookNamed(context, verb, text, command.optsWithGlobals())
      })
  }
}

/** What the word alone does, too: a command of its own, so that its options are not taken from the others. */
function listOf(parent: Command, description: string): Command {
  return parent
    .command('list', { isDefault: true })
    .description(description)
    .option('--org <name|id>', 'only of this organization')
    .option('--brand <name|id>', 'only of this brand')
}
