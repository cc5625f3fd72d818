/** What ARCHITECTURE.md promises about imports and globals, as things to try: written apart from the lint's own table. */

export interface Source {
  /** Path in a copy of the repository. */
  readonly at: string
  readonly code: string
}

export interface Wall {
  readonly forbidden: Source
  /** Exactly what oxlint says, `rule: message`; empty where the wall is the compiler's alone. */
  readonly lint: readonly string[]
  /** Exactly the compiler's error codes; absent where the wall is lint's alone. */
  readonly compiler?: readonly string[]
  /** The nearest thing that is allowed: neither says a word about it. */
  readonly allowed: Source
}

const mayImport: Readonly<Record<string, readonly string[]>> = {
  shared: ['shared'],
  agent: ['agent', 'shared'],
  renderer: ['renderer', 'shared'],
  electron: ['electron', 'agent', 'shared'],
  examples: ['examples', 'shared'],
  scripts: ['scripts', 'agent', 'shared'],
  tests: ['tests', 'agent', 'shared', 'renderer', 'electron', 'examples', 'scripts'],
}
export const folderNames: readonly string[] = Object.keys(mayImport)

/** What the other folders find in each folder when they try to import something from it. */
export const doors: readonly Source[] = [...folderNames, 'shared/contract'].map((folder) => ({
  at: `${folder}/door.ts`,
  code: "export const door = 'open'\nexport type Door = typeof door",
}))

/** One wall for each pair of folders that must not meet. */
export const folderWalls: readonly Wall[] = folderNames.flatMap((from) =>
  folderNames
    .filter((to) => mayImport[from]?.includes(to) === false)
    .map((to) => ({
      forbidden: throughDoor(from, to),
      lint: [`boundaries(imports): ${from}/ may not import ${to}/`],
      // The imported file belongs to no project that this one references.
      compiler: ['TS6307'],
      allowed: throughDoor(from, from),
    })),
)

/** Every import between folders that is allowed. */
export const openDoors: readonly Source[] = folderNames.flatMap((from) =>
  (mayImport[from] ?? []).map((to) => throughDoor(from, to)),
)

function throughDoor(from: string, to: string): Source {
  return { at: `${from}/doors/to-${to}.ts`, code: `export { door } from '../../${to}/door.ts'` }
}

const onlyStore = "boundaries(imports): Only agent/store/ may import 'pg'"
const onlyClock = 'boundaries(clock): Only shared/clock.ts reads the clock: take a Clock'
const onlyConfig = 'boundaries(environment): Only agent/config.ts reads process.env: take the value as a parameter'

/** Who may import which package or part of Node. */
export const packageWalls: readonly Wall[] = [
  {
    forbidden: { at: 'shared/package.ts', code: "export { parse } from 'yaml'" },
    lint: ["boundaries(imports): shared/ may not import the package 'yaml'"],
    allowed: { at: 'shared/package-allowed.ts', code: "export { z } from 'zod'\nexport { Cron } from 'croner'" },
  },
  {
    forbidden: { at: 'shared/contract/server.ts', code: "import '@orpc/server'" },
    lint: ["boundaries(imports): shared/ may not import the package '@orpc/server'"],
    allowed: { at: 'shared/contract/contract.ts', code: "import '@orpc/contract'" },
  },
  {
    forbidden: { at: 'shared/builtin.ts', code: "export { readFileSync } from 'node:fs'" },
    lint: ["boundaries(imports): shared/ may not import Node's 'node:fs'"],
    compiler: ['TS2591'],
    allowed: { at: 'agent/builtin.ts', code: "export { readFileSync } from 'node:fs'" },
  },
  {
    forbidden: { at: 'renderer/builtin.ts', code: "export { readFileSync } from 'node:fs'" },
    lint: ["boundaries(imports): renderer/ may not import Node's 'node:fs'"],
    compiler: ['TS2591'],
    allowed: { at: 'electron/builtin.ts', code: "export { readFileSync } from 'node:fs'" },
  },
  {
    forbidden: { at: 'renderer/package.ts', code: "import 'uuid'" },
    lint: ["boundaries(imports): renderer/ may not import the package 'uuid'"],
    allowed: { at: 'renderer/package-allowed.ts', code: "import 'react'\nimport '@mantine/core'" },
  },
  {
    forbidden: { at: 'renderer/contract.ts', code: "export { door } from '../shared/contract/door.ts'" },
    lint: ['boundaries(imports): renderer/ takes only types from shared/contract/: its schemas are not loaded there'],
    allowed: { at: 'renderer/contract-types.ts', code: "export type { Door } from '../shared/contract/door.ts'" },
  },
  {
    forbidden: { at: 'agent/electron.ts', code: "import 'electron'" },
    lint: ["boundaries(imports): Only electron/ may import 'electron'"],
    allowed: { at: 'electron/electron.ts', code: "import 'electron'" },
  },
  {
    forbidden: { at: 'agent/store/sqlite.ts', code: "import 'better-sqlite3'" },
    lint: ["boundaries(imports): Only agent/offline/ may import 'better-sqlite3'"],
    allowed: { at: 'agent/offline/sqlite.ts', code: "import 'better-sqlite3'" },
  },
  {
    forbidden: { at: 'agent/scheduler/timer.ts', code: "import 'node-schedule'" },
    lint: ["boundaries(imports): Only agent/scheduler/clockwork.ts may import 'node-schedule'"],
    allowed: { at: 'agent/scheduler/clockwork.ts', code: "import 'node-schedule'" },
  },
  {
    forbidden: { at: 'agent/scheduler/pg.ts', code: "export { Pool } from 'pg'" },
    lint: [onlyStore],
    allowed: { at: 'agent/store/pg.ts', code: "export { Pool } from 'pg'" },
  },
  {
    forbidden: { at: 'electron/pg.ts', code: "export { Pool } from 'pg'" },
    lint: [onlyStore],
    allowed: { at: 'tests/pg.ts', code: "export { Pool } from 'pg'" },
  },
]

/** Every way to write an import is seen, not only the usual one. */
export const spellingWalls: readonly Wall[] = [
  ['side-effect', "import 'pg'"],
  ['named', "import { Pool } from 'pg'\nexport const pool = new Pool()"],
  ['type', "import type { Pool } from 'pg'\nexport type P = Pool"],
  ['inline-type', "export type P = import('pg').Pool"],
  ['all', "export * from 'pg'"],
  ['dynamic', "export const load = async (): Promise<unknown> => import('pg')"],
  ['subpath', "import 'pg/lib/utils.js'"],
].map(([name, code = '']) => ({
  forbidden: { at: `agent/jobs/spelling-${name}.ts`, code },
  lint: [onlyStore],
  allowed: { at: `agent/store/spelling-${name}.ts`, code },
}))

/** Imports that would slip past a check of relative paths and package names. */
export const escapeWalls: readonly Wall[] = [
  {
    forbidden: {
      at: 'agent/computed.ts',
      code: 'export const load = async (name: string): Promise<unknown> => import(name)',
    },
    lint: ['boundaries(imports): Import a literal path: a computed one escapes the boundaries'],
    allowed: {
      at: 'tests/computed.ts',
      code: 'export const load = async (name: string): Promise<unknown> => import(name)',
    },
  },
  {
    forbidden: { at: 'agent/alias.ts', code: "import '#store'" },
    lint: ["boundaries(imports): Import ours by relative path, not as '#store'"],
    allowed: { at: 'agent/alias-allowed.ts', code: "import './door.ts'" },
  },
  {
    forbidden: { at: 'agent/process.ts', code: "export { env } from 'node:process'" },
    lint: [
      "boundaries(imports): Use the global process: its env and clocks are checked, those of 'node:process' are not",
    ],
    allowed: { at: 'scripts/process.ts', code: "export { env } from 'node:process'" },
  },
]

/** The environment is read in one place, however the reading is spelled. */
export const environmentWalls: readonly Wall[] = [
  ['plain', "export const home = process.env['HOME']"],
  ['whole', 'export const environment = { ...process.env }'],
  ['pattern', "const { env } = process\nexport const home = env['HOME']"],
  ['global', "export const home = globalThis.process.env['HOME']"],
  ['brackets', "export const home = process['env']['HOME']"],
].map(([name, code = '']) => ({
  forbidden: { at: `agent/scheduler/environment-${name}.ts`, code },
  lint: [onlyConfig],
  allowed: { at: `tests/environment-${name}.ts`, code },
}))

/** So are the machine's clocks. */
export const clockWalls: readonly Wall[] = [
  ['date-now', 'export const at = Date.now()'],
  ['new-date', 'export const at = new Date()'],
  ['new-global-date', 'export const at = new globalThis.Date()'],
  ['date-call', 'export const at = Date()'],
  ['now-handed-on', 'export const clock = { now: Date.now }'],
  ['pattern', 'const { now } = Date\nexport const at = now()'],
  ['performance', 'export const at = performance.now()'],
  ['perf-hooks', "import { performance } from 'node:perf_hooks'\nexport const at = performance.now()"],
  ['hrtime', 'export const at = process.hrtime.bigint()'],
  ['uptime', 'export const at = process.uptime()'],
].map(([name, code = '']) => ({
  forbidden: { at: `agent/jobs/clock-${name}.ts`, code },
  lint: [onlyClock],
  allowed: { at: `tests/clock-${name}.ts`, code },
}))

/** The owners themselves, and what looks like a clock or an environment and is none. */
export const owners: readonly Source[] = [
  { at: 'shared/clock.ts', code: 'export const at = [new Date(), Date.now()]' },
  { at: 'agent/config.ts', code: "export const home = process.env['HOME']" },
  { at: 'agent/dates.ts', code: 'export const epoch = [new Date(0), Date.UTC(2026, 1), Date.parse("2026-02-06")]' },
  { at: 'agent/own-now.ts', code: 'export const read = (Date: { now(): number }): number => Date.now()' },
  { at: 'agent/other-env.ts', code: 'export const read = (process: { env: string }): string => process.env' },
  { at: 'agent/process-id.ts', code: 'export const id = process.pid' },
]

/** Each folder is compiled with its own runtime's globals and no other's. */
export const globalWalls: readonly Wall[] = [
  ['shared', 'agent', 'typeof process', 'TS2591'],
  ['shared', 'electron', 'typeof Buffer', 'TS2591'],
  ['shared', 'renderer', 'typeof document', 'TS2584'],
  ['shared', 'renderer', 'typeof setTimeout', 'TS2304'],
  ['shared', 'renderer', 'typeof performance', 'TS2304'],
  ['renderer', 'agent', 'typeof process', 'TS2591'],
  ['renderer', 'electron', 'typeof Buffer', 'TS2591'],
  ['agent', 'renderer', 'typeof document', 'TS2584'],
  ['electron', 'renderer', 'typeof window', 'TS2304'],
].map(([folder = '', home = '', type = '', code = '']) => ({
  forbidden: { at: `${folder}/global-${type.slice(7)}.ts`, code: `export type Global = ${type}` },
  lint: [],
  compiler: [code],
  allowed: { at: `${home}/from-${folder}-${type.slice(7)}.ts`, code: `export type Global = ${type}` },
}))
