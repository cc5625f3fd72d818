/** A copy of the repository's configuration with other sources in it, looked at by the real compiler and the real linter. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Source } from './walls.ts'

const repository = resolve(import.meta.dirname, '../..')
const configuration = ['package.json', 'tsconfig.json', 'tsconfig.base.json', '.oxlintrc.json', 'scripts/lint']

/** What the tools say, by path of the file it is about. */
export interface Findings {
  /** `rule: message` */
  readonly lint: ReadonlyMap<string, readonly string[]>
  /** Error codes, `TS2304`. */
  readonly compiler: ReadonlyMap<string, readonly string[]>
}

/** Builds the copy, runs `tsc -b` and `oxlint` over it once, and removes it. Throws when a tool cannot run at all. */
export async function inspectHouse(folders: readonly string[], sources: readonly Source[]): Promise<Findings> {
  const house = await realpath(await mkdtemp(join(tmpdir(), 'boundaries-')))
  try {
    await copyConfiguration(house, folders)
    await Promise.all(sources.map(async ({ at, code }) => writeSource(join(house, at), code)))
    const [lint, compiler] = await Promise.all([lintFindings(house, folders), compilerFindings(house)])
    return { lint, compiler }
  } finally {
    await rm(house, { recursive: true, force: true })
  }
}

async function copyConfiguration(house: string, folders: readonly string[]): Promise<void> {
  const paths = [...configuration, ...folders.map((folder) => `${folder}/tsconfig.json`)]
  await Promise.all(paths.map(async (path) => cp(join(repository, path), join(house, path), { recursive: true })))
  // One link per package: the compiler's own output goes to node_modules/.cache, which must not be the repository's.
  await mkdir(join(house, 'node_modules'))
  const packages = (await readdir(join(repository, 'node_modules'))).filter((name) => !name.startsWith('.'))
  await Promise.all(
    packages.map(async (name) =>
      symlink(join(repository, 'node_modules', name), join(house, 'node_modules', name), 'junction'),
    ),
  )
}

async function writeSource(path: string, code: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${code}\n`)
}

async function lintFindings(house: string, folders: readonly string[]): Promise<Map<string, string[]>> {
  const output = await run(house, 'oxlint/bin/oxlint', ['--format=json', ...folders])
  // The shape of oxlint's JSON report; anything else fails right here.
  const report = JSON.parse(output) as { diagnostics: { code: string; message: string; filename: string }[] }
  return grouped(report.diagnostics.map(({ code, message, filename }) => [filename, `${code}: ${message}`]))
}

/** One project after the other: on a busy machine TypeScript 7.0.2 reads what another of its builders has not finished writing (TS2306). */
async function compilerFindings(house: string): Promise<Map<string, string[]>> {
  const output = await run(house, 'typescript/bin/tsc', ['-b', '--builders', '1', '--pretty', 'false'])
  const lines = output.matchAll(/^(?<file>\S+)\(\d+,\d+\): error (?<code>TS\d+)/gm)
  return grouped([...lines].map((line) => [line.groups?.['file'] ?? '', line.groups?.['code'] ?? '']))
}

function grouped(entries: Iterable<[file: string, finding: string]>): Map<string, string[]> {
  const findings = new Map<string, string[]>()
  for (const [path, finding] of entries) {
    const file = path.replaceAll('\\', '/')
    findings.set(file, [...(findings.get(file) ?? []), finding])
  }
  return findings
}

/** Standard output of a tool from node_modules. Both tools exit 1 (tsc also 2) when they find something. */
async function run(house: string, tool: string, args: readonly string[]): Promise<string> {
  const command = [join(repository, 'node_modules', tool), ...args]
  return new Promise((done, fail) => {
    execFile(process.execPath, command, { cwd: house, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const finished = error === null || error.code === 1 || error.code === 2
      if (finished && stdout.trim() !== '') done(stdout)
      else fail(new Error(`${tool} did not run: ${stderr}`, { cause: error }))
    })
  })
}
