import { blockedPorts } from './blocked-ports.ts'
import { shownSecret } from './database-url.ts'
import {
  type SettingDefinition,
  type SettingKey,
  type SettingKind,
  type Settings,
  settingDefinitions,
  settingKeys,
} from './definitions.ts'
import { type Finding, formatValue, problemOf } from './finding.ts'
import type { Environment } from './machine.ts'
import { check } from './schema-issue.ts'
import { type FileSettings, type Given, givenValue, type SettingSources } from './sources.ts'
import { closest, didYouMean } from './suggestion.ts'

export interface LoadedSettings {
  readonly settings: Settings
  /** Where each value came from. */
  readonly origins: ReadonlyMap<SettingKey, Given>
  /** Whole sentences; nothing is wrong enough to stop. */
  readonly warnings: readonly string[]
}

/**
 * One checked object from flags, environment, file and defaults, in this order of precedence.
 * @throws Problem `invalid_configuration` that names every wrong setting, its value (never a password), where it came from and
 * the fix.
 */
export function readSettings(sources: SettingSources): LoadedSettings {
  const findings = sources.fileSettings === null ? [] : unknownFileKeys(sources.fileSettings)
  const origins = new Map<SettingKey, Given>()
  const values: Partial<Record<SettingKey, unknown>> = {}
  for (const key of settingKeys) {
    const definition: SettingDefinition = settingDefinitions[key]
    const given = givenValue(definition, sources)
    origins.set(key, given)
    const checked = check(definition.schema, given.value)
    if (checked.ok) values[key] = checked.value
    else findings.push(...checked.findings.map((finding) => settingFinding(definition, given, finding)))
  }
  if (findings.length > 0) throw problemOf('invalid_configuration', findings)
  // Each value has just passed the schema whose output type Settings is derived from, and no key was left out.
  const settings = values as Settings
  const together = [...portFindings(settings, origins), ...leaseOrderFindings(settings, origins)]
  if (together.length > 0) throw problemOf('invalid_configuration', together)
  return { settings, origins, warnings: unknownVariables(sources.environment) }
}

/** What text from a flag or a variable should have been, where it could not be read as that. */
const plainWords: Partial<Record<SettingKind, string>> = {
  integer: 'a whole number',
  boolean: 'true or false',
}

function settingFinding(definition: SettingDefinition, given: Given, finding: Finding): Finding {
  const words = given.kind === 'file' || typeof given.value !== 'string' ? undefined : plainWords[definition.kind]
  if (words !== undefined) {
    const message = `must be ${words}; got ${formatValue(given.value)} (from ${given.place})`
    return { path: [definition.name], message, value: given.value, fix: `Write ${words}.` }
  }
  const shown = shownSecret(definition.kind, String(given.value))
  const secret = shown !== null
  const value = secret ? shown : finding.value
  const named = finding.message.includes('; got ') && !secret ? '' : `; got ${formatValue(value)}`
  const message = secret ? finding.message.replace(/; got .*$/s, '') : finding.message
  const path = [definition.name, ...finding.path]
  return { ...finding, path, value, message: `${message}${named} (from ${given.place})` }
}

/** The file is written by hand, so a name that nothing reads is a mistake. */
function unknownFileKeys({ values, place }: FileSettings): Finding[] {
  const names = settingKeys.map((key) => settingDefinitions[key].name).filter((name) => name !== configName)
  return Object.keys(values).flatMap((name) => {
    if (names.includes(name)) return []
    if (name === configName) {
      const message = `cannot be set in the file itself (from ${place(name)})`
      return [{ path: [name], message, value: values[name], fix: `Use ${settingDefinitions.configFile.flag}.` }]
    }
    const message = `is not a setting (from ${place(name)})`
    return [{ path: [name], message, value: name, fix: didYouMean(name, names) }]
  })
}

const configName = settingDefinitions.configFile.name

/** Behind a proxy no browser sees the port. */
function portFindings({ port, behindProxy }: Settings, origins: LoadedSettings['origins']): Finding[] {
  if (behindProxy || !blockedPorts.has(port)) return []
  const message = `must be one that browsers do not refuse to open; got ${port} (from ${origins.get('port')?.place})`
  return [{ path: [settingDefinitions.port.name], message, value: port }]
}

/** J3: an agent must stop believing in a claim before others may take it, and have a chance to renew it before that. */
function leaseOrderFindings(settings: Settings, origins: LoadedSettings['origins']): Finding[] {
  const order = ['renewSeconds', 'trustSeconds', 'leaseSeconds'] as const
  return order.slice(1).flatMap((longerKey, index) => {
    const shorterKey = order[index] ?? longerKey
    const [shorter, longer] = [settings[shorterKey], settings[longerKey]]
    if (shorter < longer) return []
    const { name } = settingDefinitions[shorterKey]
    const longerName = settingDefinitions[longerKey].name
    const message =
      `must be less than ${longerName}; got ${shorter} (from ${origins.get(shorterKey)?.place}) ` +
      `and ${longer} (from ${origins.get(longerKey)?.place})`
    return [{ path: [name], message, value: shorter, fix: `Lower ${name} or raise ${longerName}.` }]
  })
}

const prefix = 'PIPELINE_MANAGER_'

/** Only a warning: a variable may be meant for a newer version, or be a secret that the catalog names. */
function unknownVariables(environment: Environment): string[] {
  const known = settingKeys.map((key) => settingDefinitions[key].environment)
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix) && !known.includes(name))
    .map((name) => {
      const near = closest(
        name.slice(prefix.length),
        known.map((other) => other.slice(prefix.length)),
      )
      const hint = near === null ? '"doctor --settings" lists all settings.' : `Did you mean ${prefix}${near}?`
      return `The environment variable ${name} is not a setting and is not read. ${hint}`
    })
}
