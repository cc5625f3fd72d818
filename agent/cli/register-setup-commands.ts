import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { withList } from './with-list.ts'

/** Commands for whoever sets things up. */
export function registerSetupCommands(program: Command, context: CliContext): void {
  registerTenants(program, context)
  registerPolicies(program, context)
  registerChannels(program, context)
  registerImports(program, context)
  registerPings(program, context)
  program
    .command('migrate')
    .description('bring the database to the schema of this program')
    .option('--status', 'only show what is applied and what is not; exit code 1 unless it is current')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/migrate.ts')).migrateDatabase(context, command.optsWithGlobals())
    })
  program
    .command('doctor')
    .description('look for what is wrong, and say how to put it right. Exit code 1 when there are problems')
    .option('--settings', 'only list every setting: value, where it comes from, flag, environment variable')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/doctor.ts')).examine(context, command.optsWithGlobals())
    })
}

function registerTenants(program: Command, context: CliContext): void {
  const organizations = withList(
    program.command('organizations').alias('org').description('list organizations'),
    async (command) => {
      await (await import('./commands/organizations.ts')).showOrganizations(context, command.optsWithGlobals())
    },
  )
  organizations
    .command('create')
    .description('create an organization')
    .argument('<name>')
    .action(async (name: string, _flags, command: Command) => {
      await (await import('./commands/organizations.ts')).createOrganization(context, name, command.optsWithGlobals())
    })
  const brands = withList(
    program
      .command('brands')
      .alias('brand')
      .description('list brands')
      // Not called as in "create": the outer command would take it away from the inner one.
      .option('--org <name|id>', 'only of this organization')
      .option('--group <name>', 'only those of this group'),
    async (command) => {
      await (await import('./commands/organizations.ts')).showBrands(context, command.optsWithGlobals())
    },
  )
  brands
    .command('create')
    .description('create a brand')
    .argument('<name>')
    .requiredOption('--organization <name|id>', 'the organization it belongs to')
    .action(async (name: string, _flags, command: Command) => {
      await (await import('./commands/organizations.ts')).createBrand(context, name, command.optsWithGlobals())
    })
  brands
    .command('link')
    .description('link a Meta ad account to a brand; meta_sync fetches all that a brand has')
    .argument('<account>', 'like act_1234567890')
    .requiredOption('--brand <name|id>', 'the brand')
    .option('--label <name>', 'what to call it, instead of the name it has at Meta')
    .option('--primary', 'make it the primary account of the brand; the first one is')
    .action(async (account: string, _flags, command: Command) => {
      await (await import('./commands/ad-accounts.ts')).linkBrandAccount(context, account, command.optsWithGlobals())
    })
  registerBrandChanges(brands, context)
  registerSearches(brands, context)
  registerFeatures(program, context)
}

function registerBrandChanges(brands: Command, context: CliContext): void {
  const moves = {
    archive: 'put a brand away: nothing lists it, its jobs are paused',
    restore: 'bring an archived brand back; the jobs that were paused for it go on',
  } as const
  for (const verb of ['archive', 'restore'] as const) {
    brands
      .command(verb)
      .description(moves[verb])
      .argument('<brand>', 'its name or id')
      .action(async (text: string, _flags, command: Command) => {
        await (await import('./commands/organizations.ts')).moveBrand(context, verb, text, command.optsWithGlobals())
      })
  }
  brands
    .command('group')
    .description('the brands of a group; or puts brands into it and takes others out')
    .argument('<group>', 'a label of up to 40 characters; it is there while a brand carries it')
    .option('--add <brand...>', 'brands to put into it, by name or id')
    .option('--remove <brand...>', 'brands to take out of it')
    .option('--rename <name>', 'give it another name, also in the routes that follow it')
    .option('--org <name|id>', 'with --rename, when several organizations have the group: of which it is')
    .option('--join', 'with --rename, when there is a group of that name already: both become one')
    .action(async (group: string, _flags, command: Command) => {
      await (await import('./commands/brand-groups.ts')).groupBrands(context, group, command.optsWithGlobals())
    })
}

function registerSearches(brands: Command, context: CliContext): void {
  brands
    .command('searches')
    .description('what template_scrape searches the Ad Library for')
    .requiredOption('--brand <name|id>', 'the brand')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/library-searches.ts')).showSearches(context, command.optsWithGlobals())
    })
  brands
    .command('add-search')
    .description('search the Ad Library for words, pages, or words on pages')
    .argument('[words]', 'that have to be in the ad')
    .requiredOption('--brand <name|id>', 'the brand')
    .requiredOption('--countries <codes>', 'where the ads were shown: DE,GB or ALL')
    .option('--pages <ids>', 'ids of the pages that advertise, separated by commas')
    .action(async (words: string | undefined, _flags, command: Command) => {
      await (await import('./commands/library-searches.ts')).addSearchOf(
        context,
        words ?? '',
        command.optsWithGlobals(),
      )
    })
  brands
    .command('remove-search')
    .description('search for it no more; what it has found stays')
    .argument('<id>', 'as "pm brands searches" shows it')
    .requiredOption('--brand <name|id>', 'the brand')
    .action(async (id: string, _flags, command: Command) => {
      await (await import('./commands/library-searches.ts')).removeSearchOf(context, id, command.optsWithGlobals())
    })
}

function registerFeatures(program: Command, context: CliContext): void {
  const features = withList(
    program.command('features').alias('feature').description('sections that are on or off per organization'),
    async (command) => {
      await (await import('./commands/organizations.ts')).showFeatures(context, command.optsWithGlobals())
    },
  )
  for (const verb of ['enable', 'disable'] as const) {
    features
      .command(verb)
      .description(`${verb} a section for one organization`)
      .argument('<feature>', 'PIPELINE_MANAGER')
      .requiredOption('--organization <name|id>', 'the organization')
      .action(async (feature: string, _flags, command: Command) => {
        const enabled = verb === 'enable'
        const { changeFeature } = await import('./commands/organizations.ts')
        await changeFeature(context, feature, enabled, command.optsWithGlobals())
      })
  }
}

function registerChannels(program: Command, context: CliContext): void {
  const channels = withList(
    program
      .command('channels')
      .alias('channel')
      .description('ways to tell somebody what is wrong, and how they do')
      .option('--org <name|id>', 'only what is told for this organization'),
    async (command) => {
      await (await import('./commands/channels.ts')).showChannels(context, command.optsWithGlobals())
    },
  )
  channels
    .command('test')
    .description('have an agent send a test, and show what the other side answers. Exit code 1 when it did not arrive')
    .argument('<channel>')
    .action(async (name: string, _flags, command: Command) => {
      await (await import('./commands/channels.ts')).testChannel(context, name, command.optsWithGlobals())
    })
}

function registerImports(program: Command, context: CliContext): void {
  program
    .command('import')
    .description('take over what other programs have done')
    .command('dbt')
    .description('what dbt built, and how old its sources are')
    .argument('<files...>', 'target/run_results.json, target/sources.json, or both')
    .requiredOption('--brand <name|id>', 'the brand whose datasets they are')
    .option('--manifest <file>', 'target/manifest.json: whose a model is, its ages, what people call it')
    .action(async (files: string[], _flags, command: Command) => {
      await (await import('./commands/import-dbt.ts')).importDbtFiles(context, files, command.optsWithGlobals())
    })
}

function registerPolicies(program: Command, context: CliContext): void {
  const policy = withList(
    program.command('policy').description('maximum and warning ages that brands have of their own'),
    async (command) => {
      await (await import('./commands/policy.ts')).showPolicies(context, command.optsWithGlobals())
    },
  )
  policy
    .command('set')
    .description(
      'how old a dataset of a brand may be, and from when on it is at risk; counts before the dataset and its pages',
    )
    .requiredOption('--brand <name|id>', 'the brand')
    .requiredOption('--dataset <dataset>', 'the dataset')
    .option('--max-age-hours <hours>', 'more than 0, at most 87600; left out, it stays')
    .option('--warn-age-hours <hours|none>', 'at risk from this age on; left out, it stays')
    .option(
      '--due <days time zone|none>',
      'when the maximum counts: "weekdays 09:00 Europe/Berlin"; left out, it stays',
    )
    .action(async (_flags, command: Command) => {
      await (await import('./commands/policy.ts')).setPolicy(context, command.optsWithGlobals())
    })
  policy
    .command('clear')
    .description('let the dataset and its pages say it again')
    .requiredOption('--brand <name|id>', 'the brand')
    .requiredOption('--dataset <dataset>', 'the dataset')
    .action(async (_flags, command: Command) => {
      await (await import('./commands/policy.ts')).clearPolicy(context, command.optsWithGlobals())
    })
}

function registerPings(program: Command, context: CliContext): void {
  const pings = withList(
    program
      .command('pings')
      .description('jobs that run elsewhere and call an address: how they do')
      // Not called as in other commands: the outer one would take it away from the inner one.
      .option('--org <name|id>', 'only of this organization'),
    async (command) => {
      await (await import('./commands/pings.ts')).showPings(context, command.optsWithGlobals())
    },
  )
  pings
    .command('create')
    .description('expect pings of a job; prints the address to call')
    .argument('<name>')
    .requiredOption('--brand <name|id>', 'the brand whose dataset it refreshes')
    .option('--every <length>', 'how often it pings: 15m, 6h, 1d (default 1d)')
    .option('--cron <expression>', 'when it pings, instead')
    .option('--time-zone <zone>', 'on whose clocks (default: the setting default_time_zone)')
    .option('--grace <length>', 'how late it may be, and how long a run may take', '1h')
    .option('--slug <slug>', 'in its address (default: made of the name)')
    .option('--dataset <dataset>', 'the dataset it refreshes (default: the slug)')
    .action(async (name: string, _flags, command: Command) => {
      await (await import('./commands/pings.ts')).createPing(context, name, command.optsWithGlobals())
    })
}
