/** Commands that errors, pages and documents tell people to type: each has to be there, with the options it is named with. */
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { buildProgram } from '../../../agent/cli/program.ts'
import { TestClock } from '../../support/clock.ts'

const program = buildProgram({
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  environment: {},
  clock: new TestClock(),
  isTty: false,
  operator: 'test',
  outputClosed: new AbortController().signal,
  setExitCode: () => undefined,
})

/** `pm` as a word of its own with what follows, up to the end of the quotation, the clause or the line. */
const mention = /(?<![\w.-])(?<!\d )pm ([a-z](?:[^"'`\n,;:)<.]|<(?!\/)|\.(?!\s|$|["'<]))*)/gm
/** In full, as documents show it. */
const typed = /npm run (?:--silent )?pm -- ([a-z][^`\n#;|]*)/g

function commandsNamed(text: string): string[] {
  const filled = text.replace(/\$\{[^}]*\}/g, '<value>')
  const lines = [...filled.matchAll(mention), ...filled.matchAll(typed)].map(([, line = '']) => line.trim())
  return lines.filter((line) => !/^is$/.test(line))
}

/** What is wrong with a line that names a command; null = nothing. Words that no command takes may be the rest of a sentence. */
function wrongWith(line: string): string | null {
  let command: Command = program
  for (const word of line.split(/\s+/).map((one) => one.replace(/\|.*/, ''))) {
    const inner = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (inner === undefined) {
      const isGroup = command.registeredArguments.length === 0 && command.commands.length > 0
      if (isGroup && /^[a-z][a-z-]+$/.test(word)) return `"${command.name()}" has no command "${word}"`
      break
    }
    command = inner
  }
  command = usualOf(command)
  const given = (line.match(/(?<=\s)--[a-z][a-z-]*/g) ?? []).filter((option) => option !== '--help')
  const known = new Set([...command.options, ...program.options].map(({ long }) => long))
  const unknown = given.filter((option) => !known.has(option))
  if (unknown.length > 0) return `"${command.name()}" has no ${unknown.join(', ')}`
  // A line with options is meant to be typed as it stands.
  const needed = command.options.filter(({ mandatory, long }) => mandatory && !given.includes(long ?? ''))
  const isWhole = given.length > 0 && !line.includes('…')
  return isWhole && needed.length > 0
    ? `"${command.name()}" needs ${needed.map(({ flags }) => flags).join(', ')}`
    : null
}

/** What a group does when none of its commands is named; the library has no public way to ask. */
function usualOf(group: Command): Command {
  const { _defaultCommandName: usual } = group as unknown as { readonly _defaultCommandName: string | null }
  return group.commands.find((command) => command.name() === usual) ?? group
}

async function sources(): Promise<string[]> {
  const found: string[] = []
  for await (const path of glob([
    '{agent,shared,renderer,electron,examples}/**/*.{ts,tsx,yaml,md}',
    '{deploy,docs}/**/*',
    '*.md',
  ])) {
    if (/\.\w+$/.test(path) && !path.includes('node_modules') && path !== 'CHANGELOG.md') found.push(path)
  }
  return found
}

describe('commands that people are told to type', () => {
  test('each is there, with its options', async () => {
    const named: string[] = []
    const wrong: string[] = []
    for (const path of await sources()) {
      const text = readFileSync(path, 'utf8')
      for (const line of commandsNamed(text)) {
        named.push(line)
        const why = wrongWith(line)
        if (why !== null) wrong.push(`${path}: pm ${line}: ${why}`)
      }
    }
    expect(named.length).toBeGreaterThan(100)
    expect(wrong).toEqual([])
  })
})
