import type { Command } from 'commander'
import { settingsSections } from '../../shared/settings-document/sections.ts'
import type { CliContext } from './context.ts'

const collect = (text: string, before: readonly string[] = []): string[] => [...before, text]

/** Settings as code: a document for review, and a document as settings. */
export function registerSettingsCommands(program: Command, context: CliContext): void {
  program
    .command('export')
    .description('the settings of an organization as YAML, for review in git; with --json as JSON')
    .option('--organization <name|id>', 'whose settings (default: the only one)')
    .option('--brand <name>', 'only what is about this brand; may be repeated', collect)
    .option('--only <sections>', `only these, separated by commas: ${settingsSections.join(', ')}`)
    .option('-o, --output <file>', 'into this file, whole or not at all (default: stdout)')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/export-settings.ts')).exportToFile(context, command.optsWithGlobals())
    })
  program
    .command('apply')
    .description('make the settings of an organization as a file says: shows what would change, and asks')
    .argument('<file>', 'as "pm export" writes it, YAML or JSON; "-" reads stdin')
    .option('--organization <name|id>', 'whose settings (default: those of the only one)')
    .option('--dry-run', 'only show it; exit code 3 when there would be changes')
    .option('--prune', 'take away what the file does not name, in the sections that it has; never a brand')
    .option('--create-brands', 'make brands that are not there (default: they are an error)')
    .option('--yes', 'do not ask')
    .action(async (file: string, _flags, command: Command) => {
      await (await import('./commands/apply-settings.ts')).applyFile(context, file, command.optsWithGlobals())
    })
}
