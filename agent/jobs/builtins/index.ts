import type { Database } from '../../store/database.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { BuiltinHandler } from '../executors/builtin.ts'
import { requireReady } from './require-ready.ts'

export interface BuiltinDependencies {
  readonly catalog: Catalog
  readonly database: Database
}

/** Built-in steps by the name that `run: { builtin: … }` uses. A new one is one file here and one line below. */
const builtins = {
  require_ready: requireReady,
} as const satisfies Readonly<Record<string, (dependencies: BuiltinDependencies) => BuiltinHandler>>

export function builtinHandlers(dependencies: BuiltinDependencies): ReadonlyMap<string, BuiltinHandler> {
  return new Map(Object.entries(builtins).map(([name, create]) => [name, create(dependencies)]))
}
