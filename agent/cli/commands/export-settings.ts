import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { describeError, Problem } from '../../../shared/errors.ts'
import { type SettingsSection, settingsSections } from '../../../shared/settings-document/sections.ts'
import { exportSettings, settingsYaml } from '../../organization-settings/export-settings.ts'
import { didYouMean } from '../../settings/suggestion.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { withSession } from '../session.ts'
import { settingsPlaceOf } from '../settings-place.ts'

export interface ExportFlags extends GlobalFlags {
  readonly organization?: string
  readonly brand?: readonly string[]
  readonly only?: string
  readonly output?: string
}

/** `pm export`: settings as a document, on stdout or in a file. */
export async function exportToFile(context: CliContext, flags: ExportFlags): Promise<void> {
  const sections = sectionsIn(flags.only)
  await withSession(context, flags, 'read', async (session) => {
    const { print } = session
    const place = await settingsPlaceOf(session, flags.organization)
    const { document, settings, notes } = await exportSettings(place, { brands: flags.brand ?? [], sections })
    const text = print.json ? `${JSON.stringify(document, null, 2)}\n` : settingsYaml(document)
    for (const note of notes) print.note(note)
    if (flags.output === undefined) {
      // A terminal may obey what stands in a name; a file takes what is stored.
      if (context.isTty && !print.json) print.line(text.trimEnd())
      else context.stdout.write(text)
      return
    }
    await writeWhole(flags.output, text)
    const file = flags.output
    const message = `Wrote ${settings} settings of ${place.organization.name} to ${file}.`
    print.answer({ file, settings, notes, message }, () => print.line(message))
  })
}

/** @throws Problem `invalid_input` for a word that is no section. */
function sectionsIn(text: string | undefined): SettingsSection[] {
  const words = text?.split(',').map((word) => word.trim().replaceAll('-', '_')) ?? []
  return words.map((word) => {
    const section = settingsSections.find((one) => one === word)
    if (section !== undefined) return section
    throw new Problem('invalid_input', `There is no section "${word}" in settings.`, {
      field: '--only',
      value: word,
      fix: didYouMean(word, settingsSections),
    })
  })
}

/** Whoever reads the file meanwhile sees the old one or the new one, never half of it. */
async function writeWhole(file: string, text: string): Promise<void> {
  const unfinished = `${file}.${randomUUID()}.unfinished`
  try {
    await writeFile(unfinished, text)
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw new Problem('invalid_input', `${file} cannot be written: ${describeError(error)}`, {
      field: '--output',
      value: file,
      fix: 'Give a file in a folder that exists and that you may write to.',
    })
  }
}
