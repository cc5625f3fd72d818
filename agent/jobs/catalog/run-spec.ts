import type { z } from 'zod'
import { builtinSpec } from '../executors/builtin.ts'
import { commandSpec } from '../executors/command.ts'
import { httpSpec } from '../executors/http.ts'
import type { ExecutorKind } from '../executors/index.ts'
import { sqlSpec } from '../executors/sql.ts'
import { oneOf } from './one-of.ts'

/** Executor kind → what its `run` may say. The kind is also the key in `run` that chooses it. */
const variants = {
  command: commandSpec.transform((spec) => ({ kind: 'command' as const, spec })),
  http: httpSpec.transform((spec) => ({ kind: 'http' as const, spec })),
  sql: sqlSpec.transform((spec) => ({ kind: 'sql' as const, spec })),
  builtin: builtinSpec.transform((spec) => ({ kind: 'builtin' as const, spec })),
} satisfies Record<ExecutorKind, z.ZodType>

/** What a step runs, with the executor that can run it. */
export type RunSpec = z.output<(typeof variants)[ExecutorKind]>

/** The `run` of a step: a mapping with exactly one of the executor kinds as a key, and that executor's own fields. */
export const runSpec = oneOf<ExecutorKind, RunSpec>(variants, 'a step')
