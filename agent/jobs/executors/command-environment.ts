import type { Environment } from './command-lookup.ts'
import { environmentValue } from './command-lookup.ts'
import { type StepContext, StepFailure } from './executor.ts'

const posixBase = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']
const windowsBase = [
  'PATH',
  'PATHEXT',
  'SYSTEMROOT',
  'COMSPEC',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'TEMP',
  'TMP',
]
const baseNames = process.platform === 'win32' ? windowsBase : posixBase

// Linux refuses one variable or argument over 128 kB, whatever the total.
const longestValue = 100_000

/**
 * All that a command sees of the agent's environment: what every program needs, the names its step lists, and the run. The
 * values of listed names are secrets: masked in every log from then on. A listed name that is not set is warned about.
 * @throws StepFailure `invalid_parameters` when the parameters are too long to hand over.
 */
export function commandEnvironment(
  listed: readonly string[],
  environment: Environment,
  context: StepContext,
): Record<string, string> {
  const passed = passedEnvironment(listed, environment, (name) => context.secret(name))
  for (const name of listed) {
    if (!Object.hasOwn(passed, name)) context.log.write('warn', `${name} is not set in the agent's environment`)
  }
  return { ...passed, ...runVariables(context) }
}

/** What every program needs, and the listed names that are set; `secret` hands out values that are masked from then on. */
export function passedEnvironment(
  listed: readonly string[],
  environment: Environment,
  secret: (name: string) => string | undefined,
): Record<string, string> {
  const base = baseNames.map((name) => [name, environmentValue(environment, name)] as const)
  const asked = listed.map((name) => [name, secret(name) ?? environmentValue(environment, name)] as const)
  return Object.fromEntries([...base, ...asked].filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function runVariables({ identity, parameters }: StepContext): Record<string, string> {
  const text = JSON.stringify(parameters)
  if (Buffer.byteLength(text) > longestValue) {
    throw new StepFailure(
      'invalid_parameters',
      `the parameters are longer than the ${longestValue} bytes a command can take`,
    )
  }
  return {
    PM_RUN_ID: identity.runId,
    PM_JOB_TYPE: identity.jobType,
    PM_BRAND_ID: identity.brandId ?? '',
    PM_STEP: identity.stepKey,
    PM_ATTEMPT: String(identity.attempt),
    PM_PARAMETERS: text,
  }
}
