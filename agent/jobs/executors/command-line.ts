import { renderTemplate, type TemplateScope } from '../template.ts'
import { StepFailure } from './executor.ts'

const longestCommandLine = 100_000

/**
 * The arguments with their templates filled in. No shell ever sees them, so `$(id)` is plain text; what is left to refuse is a
 * parameter that would become an option, a NUL, and more than 100 kB (bad input 40).
 * @throws StepFailure `invalid_parameters`; `configuration` for an unknown path.
 */
export function renderArguments(written: readonly string[], scope: TemplateScope): string[] {
  const rendered = written.map((argument) => renderArgument(argument, scope))
  const bytes = rendered.reduce((sum, argument) => sum + Buffer.byteLength(argument) + 1, 0)
  if (bytes > longestCommandLine) {
    throw new StepFailure(
      'invalid_parameters',
      `the arguments are ${bytes} bytes long; at most ${longestCommandLine} are passed`,
    )
  }
  return rendered
}

function renderArgument(written: string, scope: TemplateScope): string {
  const argument = renderTemplate(written, scope)
  if (argument.includes('\u0000')) {
    throw new StepFailure('invalid_parameters', `argument "${written}" got a value with a NUL character`)
  }
  if (written.trimStart().startsWith('{{') && argument.trimStart().startsWith('-')) {
    throw new StepFailure(
      'invalid_parameters',
      `argument "${written}" got a value that starts with "-" and would be read as an option; ` +
        `in the catalog write it as part of one, like --name=${written.trim()}`,
    )
  }
  return argument
}
