import type { Command } from 'commander'
import type { CliContext } from './context.ts'

/** Who gets in: links for people, tokens for programs. */
export function registerAccessCommands(program: Command, context: CliContext): void {
  program
    .command('console')
    .description('print a link that opens the console of the running agent, signed in; works once, for ten minutes')
    .option('--agent <name>', 'the agent, where several run with this data folder')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/console.ts')).showConsoleLink(context, command.optsWithGlobals())
    })
  program
    .command('embed')
    .description('print a banner for a page of another program: whether the data of a page is ready')
    .argument('<page>', 'the page, as "pm ready" names it')
    .requiredOption('--brand <name|id>', 'the brand')
    .option('--hours <hours>', 'how long it works, 12 unless told')
    .option('--agent <name>', 'the agent, where several run with this data folder')
    .action(async (page: string, _flags, command: Command) => {
      await (await import('./commands/embed.ts')).showEmbed(context, page, command.optsWithGlobals())
    })
  const tokens = program
    .command('token')
    .alias('tokens')
    .description('tokens for programs and for browsers on other machines')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/token.ts')).showTokens(context, command.optsWithGlobals())
    })
  tokens
    .command('create')
    .description('create a token and print it, once')
    .requiredOption('--name <name>', 'what it is for; shown for everything it does')
    .requiredOption(
      '--scope <scope>',
      'read, operate or admin, each includes those before it; or ingest, which only feeds the intakes',
    )
    .option('--organization <name|id>', 'only for this organization')
    .option('--expires-in-days <days>', 'how long it works; without it, until it is revoked')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/token.ts')).createToken(context, command.optsWithGlobals())
    })
  tokens
    .command('list')
    .description('list tokens; the tokens themselves are not stored')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/token.ts')).showTokens(context, command.optsWithGlobals())
    })
  tokens
    .command('revoke')
    .description('revoke a token; whoever uses it is locked out at once')
    .argument('<token>', 'its id, which may be shortened, its name, or the token itself')
    .action(async (id: string, _flags, command: Command) => {
      await (await import('./commands/token.ts')).revokeToken(context, id, command.optsWithGlobals())
    })
}
