import { shownSecret } from './database-url.ts'
import { settingDefinitions, settingKeys } from './definitions.ts'
import type { LoadedSettings } from './load-settings.ts'

/** One line of `doctor --settings`. */
export interface SettingRow {
  readonly name: string
  readonly flag: string
  readonly environment: string
  /** Safe to show: passwords are left out. */
  readonly value: string
  /** `flag`, `environment`, `file` or `default`, and where exactly. */
  readonly origin: string
  readonly unit: string | null
  readonly default: string
  readonly description: string
}

export function settingRows({ settings, origins }: LoadedSettings): SettingRow[] {
  return settingKeys.map((key) => {
    const { name, flag, environment, unit, defaultText, description, kind } = settingDefinitions[key]
    const value = settings[key]
    const origin = origins.get(key)
    return {
      name,
      flag,
      environment,
      value: value === null ? '–' : (shownSecret(kind, String(value)) ?? String(value)),
      origin: origin === undefined || origin.kind === 'default' ? 'default' : `${origin.kind} ${origin.place}`,
      unit,
      default: defaultText,
      description,
    }
  })
}

/** The table of the README, as Markdown, so that document and program cannot say different things. */
export function settingsMarkdown(): string {
  const rows = settingKeys.map((key) => {
    const { name, flag, environment, unit, defaultText, description } = settingDefinitions[key]
    const usual = unit === null ? defaultText : `${defaultText} ${unit}`
    return `| \`${name}\` | \`${flag}\` | \`${environment}\` | ${usual} | ${description} |`
  })
  return ['| setting | flag | environment | default | |', '|---|---|---|---|---|', ...rows].join('\n')
}
