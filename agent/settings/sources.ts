import { resolve } from 'node:path'
import type { SettingDefinition, SettingKind } from './definitions.ts'
import type { Environment, Machine } from './machine.ts'

/** The `settings:` part of a pipeline-manager.yaml. */
export interface FileSettings {
  readonly values: Readonly<Record<string, unknown>>
  /** Relative paths in the file start here. */
  readonly directory: string
  /** `pipeline-manager.yaml:12:3`, for messages. */
  readonly place: (name: string) => string
}

/** Values as the command line parser hands them over, by camel-cased flag: `--data-dir` is `dataDir`. */
export type Flags = Readonly<Record<string, unknown>>

export type OriginKind = 'flag' | 'environment' | 'file' | 'default'

export interface Given {
  readonly value: unknown
  readonly kind: OriginKind
  /** `--port`, `PIPELINE_MANAGER_PORT`, `pipeline-manager.yaml:12:3` or `default`. */
  readonly place: string
}

export interface SettingSources {
  readonly flags: Flags
  readonly environment: Environment
  readonly fileSettings: FileSettings | null
  readonly machine: Machine
}

/** The value that counts, not checked yet: flag before environment before file before default. */
export function givenValue(definition: SettingDefinition, sources: SettingSources): Given {
  return (
    fromFlags(definition, sources) ??
    fromEnvironment(definition, sources) ??
    fromFile(definition, sources) ?? {
      value: definition.default(sources.machine),
      kind: 'default',
      place: 'default',
    }
  )
}

function fromFlags(definition: SettingDefinition, { flags, machine }: SettingSources): Given | null {
  const value = flags[flagKey(definition)]
  if (value === undefined) return null
  const typed = typeof value === 'string' ? parsers[definition.kind](value, machine.workingDirectory, machine) : value
  return { value: typed, kind: 'flag', place: definition.flag }
}

export function flagKey({ flag }: Pick<SettingDefinition, 'flag'>): string {
  return flag.slice(2).replaceAll(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase())
}

/** An empty variable counts as not set: that is what compose files and service managers make of one they cannot fill. */
function fromEnvironment(definition: SettingDefinition, { environment, machine }: SettingSources): Given | null {
  const text = environment[definition.environment]
  if (text === undefined || text === '') return null
  const value = parsers[definition.kind](text, machine.workingDirectory, machine)
  return { value, kind: 'environment', place: definition.environment }
}

function fromFile(definition: SettingDefinition, { fileSettings, machine }: SettingSources): Given | null {
  if (fileSettings === null || !Object.hasOwn(fileSettings.values, definition.name)) return null
  const written = fileSettings.values[definition.name]
  const isPath = definition.kind === 'path' && typeof written === 'string'
  const value = isPath ? parsers.path(written, fileSettings.directory, machine) : written
  return { value, kind: 'file', place: fileSettings.place(definition.name) }
}

type Parse = (text: string, directory: string, machine: Machine) => unknown

/** Text that is not what the kind expects stays text, so that the schema can name it as it was given. */
const parsers = {
  text: (text) => text,
  url: (text) => text.trim(),
  secret_url: (text) => text.trim(),
  path: (text, directory, machine) => (text.trim() === '' ? '' : resolve(directory, withHome(text, machine))),
  integer: (text) => (/^[+-]?\d{1,15}$/.test(text.trim()) ? Number(text) : text),
  boolean: (text) => booleans.get(text.trim().toLowerCase()) ?? text,
  list: (text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
} as const satisfies Readonly<Record<SettingKind, Parse>>

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
])

function withHome(path: string, machine: Machine): string {
  return /^~(?=$|[\\/])/.test(path) ? `${machine.homeDirectory}${path.slice(1)}` : path
}
