import { dirname, resolve } from 'node:path'
import { type Catalog, whyNotRunnable, withEnvironment } from './jobs/catalog/catalog.ts'
import { type ReadCatalogFile, readCatalogFile } from './jobs/catalog/catalog-file.ts'
import { catalogOf } from './jobs/catalog/load-catalog.ts'
import { marketingCatalog } from './jobs/catalog/marketing.ts'
import { type CatalogFile, parseCatalog } from './jobs/catalog/parse-catalog.ts'
import { settingDefinitions } from './settings/definitions.ts'
import { type LoadedSettings, readSettings } from './settings/load-settings.ts'
import { type Environment, type Machine, thisMachine } from './settings/machine.ts'
import { type FileSettings, type Flags, givenValue } from './settings/sources.ts'

export { redactUrl } from './settings/database-url.ts'
export { type SettingDefinition, type Settings, settingDefinitions } from './settings/definitions.ts'
export type { LoadedSettings } from './settings/load-settings.ts'
export type { Environment, Machine } from './settings/machine.ts'
export type { FileSettings, Flags } from './settings/sources.ts'
export { type SettingRow, settingRows, settingsMarkdown } from './settings/table.ts'

/** The environment of this process. The only place that reads it; everything else is handed what it needs. */
export function processEnvironment(): Environment {
  return process.env
}

export interface Configuration extends LoadedSettings {
  readonly catalog: Catalog
}

interface Sources {
  readonly flags: Flags
  readonly environment?: Environment
  readonly machine?: Machine
}

/**
 * Everything a person configured, read once and checked whole: the settings and the catalog of the file they name.
 * @throws Problem `invalid_configuration` or `invalid_catalog`.
 */
export function loadConfiguration(sources: Sources & { readonly readFile?: ReadCatalogFile }): Configuration {
  const { readFile = readCatalogFile } = sources
  const path = configFile(sources)
  const file = path === null ? null : parseCatalog(readFile(path), path)
  const loaded = loadSettings({ ...sources, fileSettings: file === null ? null : fileSettingsOf(file) })
  const catalog = withEnvironment(
    file === null ? marketingCatalog() : catalogOf(file),
    sources.environment ?? processEnvironment(),
  )
  return { ...loaded, catalog, warnings: [...loaded.warnings, ...unusableJobTypes(loaded, catalog)] }
}

/** An allow-list that names what cannot run would leave jobs waiting without a word. */
function unusableJobTypes({ settings }: LoadedSettings, catalog: Catalog): string[] {
  const { name } = settingDefinitions.jobTypes
  return (settings.jobTypes ?? []).flatMap((jobType) => {
    const reason = whyNotRunnable(catalog, jobType)
    return reason === null ? [] : [`The setting ${name} lists ${jobType}, which cannot run here. ${reason}`]
  })
}

/** The settings alone, with the precedence flags, environment, file, defaults. Throws Problem `invalid_configuration`. */
export function loadSettings(sources: Sources & { readonly fileSettings: FileSettings | null }): LoadedSettings {
  return readSettings({ ...complete(sources), fileSettings: sources.fileSettings })
}

/** Absolute path of the file that flags or environment name; null = none. It is not opened here. */
export function configFile(sources: Sources): string | null {
  const { value } = givenValue(settingDefinitions.configFile, { ...complete(sources), fileSettings: null })
  return typeof value === 'string' && value !== '' ? value : null
}

/** The `settings:` part of a parsed file. */
export function fileSettingsOf(file: CatalogFile): FileSettings {
  return {
    values: file.content.settings,
    directory: dirname(resolve(file.fileName)),
    place: (name) => {
      const position = file.locate(['settings', name])
      return position === null ? file.fileName : `${file.fileName}:${position.line}:${position.column}`
    },
  }
}

function complete({ flags, environment = processEnvironment(), machine = thisMachine(environment) }: Sources) {
  return { flags, environment, machine }
}
