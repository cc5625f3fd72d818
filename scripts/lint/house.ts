/**
 * Which folder may import what, and who alone may touch what. ARCHITECTURE.md explains the house; this table holds it.
 * The compiler holds the same walls where it can: one tsconfig per folder, with only its own references and globals.
 */

export interface FolderRule {
  /** Folders of ours that may be imported, besides the folder itself. */
  readonly folders: readonly string[]
  /** Packages that may be imported; a scope is written `@scope/`. `any` where the folder runs on Node. */
  readonly packages: readonly string[] | 'any'
  readonly nodeBuiltins: boolean
  /** May it read `process.env` and the machine's clocks? Product code is handed a config and a Clock instead. */
  readonly ambient: boolean
}

const browserPackages = [
  'react',
  'react-dom',
  '@mantine/',
  '@tanstack/',
  '@orpc/contract',
  '@orpc/client',
  '@orpc/tanstack-query',
  '@fontsource-variable/',
  '@tabler/icons-react',
  'anser',
  'tinykeys',
  'wouter',
]

/** Nothing imports `electron` or `renderer`. Root files (tool configuration) belong to no folder and are not checked. */
export const folders: Readonly<Record<string, FolderRule>> = {
  shared: { folders: [], packages: ['zod', 'croner', '@orpc/contract'], nodeBuiltins: false, ambient: false },
  agent: { folders: ['shared'], packages: 'any', nodeBuiltins: true, ambient: false },
  renderer: { folders: ['shared'], packages: browserPackages, nodeBuiltins: false, ambient: false },
  electron: { folders: ['shared', 'agent'], packages: 'any', nodeBuiltins: true, ambient: false },
  examples: { folders: ['shared'], packages: 'any', nodeBuiltins: true, ambient: true },
  scripts: { folders: ['shared', 'agent'], packages: 'any', nodeBuiltins: true, ambient: true },
  tests: {
    folders: ['shared', 'agent', 'renderer', 'electron', 'examples', 'scripts'],
    packages: 'any',
    nodeBuiltins: true,
    ambient: true,
  },
}

/** Packages with one owner: the paths that may import them, types included. */
export const packageOwners: Readonly<Record<string, readonly string[]>> = {
  // Its types, for the fake.
  electron: ['electron/', 'tests/desktop/'],
  // Tests and tools look into databases themselves.
  pg: ['agent/store/', 'tests/', 'scripts/'],
  'better-sqlite3': ['agent/offline/'],
  'node-schedule': ['agent/scheduler/clockwork.ts'],
}

/**
 * What a folder may know the types of, but not load: the schemas of the contract and their library are a sixth of the console's first
 * script, and only agents check with them. What both load is in the files named here.
 */
export const typesOnly: Readonly<Record<string, { readonly of: string; readonly but: string }>> = {
  renderer: { of: 'shared/contract/', but: 'shared/contract/headers.ts' },
}

export const environmentOwner = 'agent/config.ts'
export const clockOwner = 'shared/clock.ts'

/** The folder of ours a path from the repository root lies in, or undefined for files in the root and outside. */
export function folderOf(path: string): string | undefined {
  const [folder, ...rest] = path.split('/')
  return folder !== undefined && rest.length > 0 && Object.hasOwn(folders, folder) ? folder : undefined
}
