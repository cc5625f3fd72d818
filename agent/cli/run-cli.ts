import { CommanderError } from 'commander'
import { describeError, Problem } from '../../shared/errors.ts'
import { redactUrl } from '../settings/database-url.ts'
import { settingDefinitions } from '../settings/definitions.ts'
import type { CliContext } from './context.ts'
import { safeLines } from './output/safe-text.ts'
import { buildProgram } from './program.ts'

/** Tells a supervisor that starting again does not help: this program has to be updated. */
const schemaNewerExitCode = 57

/**
 * Runs one command line (without node and script). Never throws: what goes wrong is told on stderr and ends in exit code 2
 * (57 when the database's schema is newer than this program).
 * With `--json` the error is a JSON document on stderr, so that stdout never holds anything but an answer.
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<void> {
  const wanted = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  try {
    const program = buildProgram(context)
    if (args.length === 0) program.outputHelp()
    else await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return
    const problem = problemOf(error)
    context.setExitCode(problem.code === 'schema_newer' ? schemaNewerExitCode : 2)
    context.stderr.write(wanted.includes('--json') ? jsonError(problem) : humanError(problem))
    if (wantsStack(context)) context.stderr.write(`${stackOf(error)}\n`)
  }
}

/** Anything thrown, as what is told to a person. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (!(error instanceof CommanderError)) {
    return new Problem('unavailable', describeError(error), {
      fix: 'Set PIPELINE_MANAGER_LOG_LEVEL=debug to see where it happened. "pm doctor" looks for common causes.',
      cause: error,
    })
  }
  const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
  const hint = rest.join(' ').replace(/^\(|\)$/g, '')
  return new Problem('invalid_input', `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, '')}.`, {
    fix: `${hint === '' ? '' : `${hint} `}"pm --help" lists the commands, "pm <command> --help" their options.`,
  })
}

function humanError(problem: Problem): string {
  const fix = problem.fix === undefined || problem.message.endsWith(problem.fix) ? '' : `\nFix: ${problem.fix}`
  return `${safeLines(`Error: ${problem.message}${fix}`)}\n`
}

function jsonError({ code, message, field, value, fix }: Problem): string {
  const shown = typeof value === 'string' && value.includes('://') ? redactUrl(value) : value
  const error = { code, message, field: field ?? null, value: shown ?? null, fix: fix ?? null }
  return `${JSON.stringify({ error }, null, 2)}\n`
}

/** Read here and not from the settings: the settings may be what is wrong. */
function wantsStack({ environment }: CliContext): boolean {
  return environment[settingDefinitions.logLevel.environment] === 'debug'
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : describeError(error)
}
