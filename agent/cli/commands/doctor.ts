import type { Clock } from '../../../shared/clock.ts'
import { counted } from '../../../shared/counted.ts'
import { describeError, Problem } from '../../../shared/errors.ts'
import { type Configuration, loadConfiguration, settingRows } from '../../config.ts'
import { filesFolder, LocalStorage } from '../../connectors/storage/local-storage.ts'
import { keepDaysOf } from '../../housekeeping/keep-days.ts'
import { type Certificate, endOf } from '../../server/certificate.ts'
import { exposureOf } from '../../server/exposure.ts'
import type { Settings } from '../../settings/definitions.ts'
import { isUnreachable, sqlState } from '../../store/database.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { checkCatalog } from '../doctor/catalog-checks.ts'
import { checkSchema, checkServer } from '../doctor/database-checks.ts'
import { type Finding, type Level, ok, problem, warning } from '../doctor/finding.ts'
import { checkHeartbeat } from '../doctor/heartbeat-check.ts'
import { checkDataFolder, checkDisk } from '../doctor/machine-checks.ts'
import { checkOfflineStore } from '../doctor/offline-checks.ts'
import { checkFiles, checkStorage } from '../doctor/storage-checks.ts'
import { checkWork } from '../doctor/work-checks.ts'
import { findingMarks } from '../output/marks.ts'
import { createPrinter, type Printer } from '../output/printer.ts'
import { configured, settingFlags, withConnection } from '../session.ts'

export interface DoctorFlags extends GlobalFlags {
  readonly settings?: boolean
}

/** `pm doctor`: 0 when nothing keeps it from working (warnings included), 1 when something does. */
export async function examine(context: CliContext, flags: DoctorFlags): Promise<void> {
  if (flags.settings === true) return showSettings(context, flags)
  const print = createPrinter(context, flags)
  const findings = await allFindings(context, flags)
  const count = (level: Level): number => findings.filter((finding) => finding.level === level).length
  const [problems, warnings] = [count('problem'), count('warning')]
  print.answer({ healthy: problems === 0, problems, warnings, findings }, () => {
    print.line(answerLine(problems, warnings), 'bold')
    print.line('')
    for (const level of ['problem', 'warning', 'ok'] as const) {
      for (const finding of findings.filter((one) => one.level === level)) tell(finding, print)
    }
  })
  context.setExitCode(problems === 0 ? 0 : 1)
}

function answerLine(problems: number, warnings: number): string {
  if (problems + warnings === 0) return 'Nothing is wrong.'
  const parts = [
    problems > 0 ? `${counted(problems, 'problem')} to put right` : '',
    warnings > 0 ? `${counted(warnings, 'warning')} to look at` : '',
  ]
  return `${parts.filter((part) => part !== '').join(', ')}.`
}

function tell({ level, check, message, fix }: Finding, print: Printer): void {
  print.marked(findingMarks[level], `${check}: ${message}`)
  if (fix !== null) print.line(`    Fix: ${fix}`)
}

async function allFindings(context: CliContext, flags: DoctorFlags): Promise<Finding[]> {
  const loaded = loadOrSay(context, flags)
  if ('finding' in loaded) return [loaded.finding]
  const { configuration } = loaded
  const { settings, catalog } = configuration
  const place = { environment: context.environment, workingDirectory: process.cwd(), clock: context.clock }
  return [
    ...settingsFindings(settings, context.clock),
    ...configuration.warnings.map((text) => warning('configuration', text, 'Correct or remove it.')),
    ...(await checkDataFolder(settings.dataDirectory)),
    await checkDisk(settings.dataDirectory),
    ...(await checkFiles(new LocalStorage(filesFolder(settings.dataDirectory)))),
    await checkOfflineStore(settings),
    ...(await checkCatalog(catalog, place)),
    ...(await checkHeartbeat(settings, catalog)),
    ...(await databaseFindings(context, configuration)),
  ]
}

function loadOrSay(context: CliContext, flags: GlobalFlags): { configuration: Configuration } | { finding: Finding } {
  try {
    const { environment } = context
    return { configuration: loadConfiguration({ flags: settingFlags(flags), environment }) }
  } catch (error) {
    if (error instanceof Problem) return { finding: findingOf('configuration', error) }
    throw error
  }
}

/** Valid is what an agent starts with: each for itself, and together. */
function settingsFindings(settings: Settings, clock: Clock): Finding[] {
  try {
    const { tls } = exposureOf(settings)
    const valid = ok('configuration', `The settings are valid (${settings.configFile ?? 'no file'}).`)
    return tls === null ? [valid] : [valid, certificateFinding(tls, clock)]
  } catch (error) {
    if (error instanceof Problem) return [findingOf('configuration', error)]
    throw error
  }
}

function certificateFinding(certificate: Certificate, clock: Clock): Finding {
  const end = endOf(certificate, clock.now())
  const day = certificate.endsAt.toISOString().slice(0, 10)
  if (end === null) return ok('certificate', `The TLS certificate is good until ${day}.`)
  return (end.hasEnded ? problem : warning)('certificate', end.message, end.fix)
}

function findingOf(check: string, { message, fix }: Problem): Finding {
  return problem(check, message, fix ?? 'Correct what is named.')
}

async function databaseFindings(context: CliContext, configuration: Configuration): Promise<Finding[]> {
  const findings: Finding[] = []
  let connected = false
  try {
    await withConnection(context, configuration, async (connection) => {
      connected = true
      findings.push(...(await checkServer(connection, context.clock)))
      const schema = await checkSchema(connection)
      findings.push(...schema.findings)
      if (!schema.usable) return
      const { catalog, settings } = configuration
      findings.push(...(await checkWork(connection.database, catalog, settings.leaseSeconds)))
      findings.push(...(await checkStorage(connection.database, keepDaysOf(settings), settings.leaseSeconds)))
    })
  } catch (error) {
    if (error instanceof Problem && !connected) findings.push(findingOf('database', error))
    else if (error instanceof Problem && error.code === 'not_allowed') findings.push(findingOf('rights', error))
    // What is found by then is what somebody in need looks for.
    else if (sqlState(error) !== null || isUnreachable(error)) findings.push(cutShort(error))
    else throw error
  }
  return findings
}

function cutShort(error: unknown): Finding {
  const fix = 'Run "pm doctor" again; if it says the same, look at the log of the server, and at what keeps it busy.'
  return problem('database', `It could not be looked at to the end: ${describeError(error)}.`, fix)
}

function showSettings(context: CliContext, flags: GlobalFlags): void {
  const { print, ...configuration } = configured(context, flags)
  const rows = settingRows(configuration)
  print.answer({ settings: rows, warnings: configuration.warnings }, () => {
    print.table(
      [
        { title: 'setting' },
        { title: 'value', shrinksTo: 16 },
        { title: 'from', shrinksTo: 12 },
        { title: 'flag' },
        { title: 'environment' },
        { title: 'default', shrinksTo: 12 },
        { title: 'what it is', shrinksTo: 20 },
      ],
      rows.map((row) => [
        row.name,
        row.unit === null ? row.value : `${row.value} ${row.unit}`,
        row.origin,
        row.flag,
        row.environment,
        row.default,
        row.description,
      ]),
    )
    for (const text of configuration.warnings) print.note(`Warning: ${text}`)
  })
}
