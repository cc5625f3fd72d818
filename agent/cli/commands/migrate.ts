import { counted } from '../../../shared/counted.ts'
import { formatDuration } from '../../../shared/duration.ts'
import { prepareSchema } from '../../application/prepare-schema.ts'
import { migrationsFolder } from '../../application/program.ts'
import { migrationStatus } from '../../store/migrate.ts'
import type { MigrationStatus } from '../../store/migration-status.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import type { Mark } from '../output/marks.ts'
import type { Printer } from '../output/printer.ts'
import { configured, withConnection } from '../session.ts'

export interface MigrateFlags extends GlobalFlags {
  readonly status?: boolean
}

/** `pm migrate`: applies what is pending. `--status` changes nothing and ends with 1 when the schema is not ours. */
export async function migrateDatabase(context: CliContext, flags: MigrateFlags): Promise<void> {
  const { print, ...configuration } = configured(context, flags)
  await withConnection(context, configuration, async (connection) => {
    if (flags.status === true) {
      const status = await migrationStatus(connection.url, { directory: migrationsFolder })
      print.answer(statusDocument(status), () => printStatus(status, print))
      return context.setExitCode(status.state === 'current' ? 0 : 1)
    }
    const report = await prepareSchema(connection, {
      clock: context.clock,
      onApplied: (name, ms) => print.note(`applied ${name} in ${formatDuration(ms)}`),
    })
    print.answer(report, () => {
      const { applied, alreadyApplied, outOfOrder } = report
      const done = applied.length === 0 ? 'Nothing to do' : `${counted(applied.length, 'migration')} applied`
      print.line(`${done}; ${alreadyApplied} were there before. The schema is current.`)
      if (outOfOrder.length > 0) print.note(`Applied after later ones: ${outOfOrder.join(', ')}.`)
    })
  })
}

function statusDocument({ state, applied, pending, edited, unknownNewer }: MigrationStatus): object {
  return { state, applied, pending, edited, newer: unknownNewer.map(({ name }) => name) }
}

const marks = {
  applied: { shape: '✔', word: 'applied', color: 'green' },
  pending: { shape: '○', word: 'pending', color: 'yellow' },
  edited: { shape: '✘', word: 'edited', color: 'red' },
  newer: { shape: '▲', word: 'newer', color: 'magenta' },
} as const satisfies Record<string, Mark>

const answers = {
  current: 'The schema is current.',
  older: 'Migrations are pending. Apply them: pm migrate',
  newer: 'A newer program has changed this database. Update this one.',
  edited: 'A migration was edited after it was applied. Restore the file, and make changes in a new one.',
} as const satisfies Record<MigrationStatus['state'], string>

function printStatus(status: MigrationStatus, print: Printer): void {
  const newer = new Set(status.unknownNewer.map(({ name }) => name))
  const stateOf = (name: string) => (newer.has(name) ? 'newer' : status.edited.includes(name) ? 'edited' : 'applied')
  print.line(answers[status.state], 'bold')
  print.line('')
  print.table(
    [
      { title: 'state' },
      { title: 'migration' },
      { title: 'applied' },
      { title: 'took', align: 'right' },
      { title: 'by' },
    ],
    [
      ...status.applied.map((record) => [
        marks[stateOf(record.name)],
        record.name,
        record.applied_at.toISOString().slice(0, 19).replace('T', ' '),
        formatDuration(record.duration_ms),
        record.program_version,
      ]),
      ...status.pending.map((name) => [marks.pending, name, null, null, null]),
    ],
  )
}
