import { z } from 'zod'
import type { Finding } from '../../settings/finding.ts'
import { check } from '../../settings/schema-issue.ts'
import { builtinSpec } from '../executors/builtin.ts'
import { commandSpec } from '../executors/command.ts'
import { httpSpec } from '../executors/http.ts'
import type { ExecutorKind } from '../executors/index.ts'
import { sqlSpec } from '../executors/sql.ts'

/** Executor kind → what its `run` may say. The kind is also the key in `run` that chooses it. */
const variants = {
  command: commandSpec.transform((spec) => ({ kind: 'command' as const, spec })),
  http: httpSpec.transform((spec) => ({ kind: 'http' as const, spec })),
  sql: sqlSpec.transform((spec) => ({ kind: 'sql' as const, spec })),
  builtin: builtinSpec.transform((spec) => ({ kind: 'builtin' as const, spec })),
} satisfies Record<ExecutorKind, z.ZodType>

/** What a step runs, with the executor that can run it. */
export type RunSpec = z.output<(typeof variants)[ExecutorKind]>

const kinds = Object.keys(variants).join(', ')

function isKind(key: string): key is ExecutorKind {
  return Object.hasOwn(variants, key)
}

/** The `run` of a step: a mapping with exactly one of the executor kinds as a key, and that executor's own fields. */
export const runSpec = z.record(z.string(), z.unknown()).transform((run, context): RunSpec => {
  const chosen = Object.keys(run).filter(isKind)
  const [kind] = chosen
  const result =
    kind === undefined || chosen.length > 1 ? wrongKind(chosen) : check<z.ZodType<RunSpec>>(variants[kind], run)
  if (result.ok) return result.value
  for (const finding of result.findings) {
    const { path, message, fix } = finding
    context.issues.push({ code: 'custom', path: [...path], message, input: finding.value, params: { fix } })
  }
  return z.NEVER
})

function wrongKind(chosen: readonly string[]): { ok: false; findings: Finding[] } {
  const message =
    chosen.length === 0 ? `must have one of the keys ${kinds}` : `has more than one kind: ${chosen.join(', ')}`
  return { ok: false, findings: [{ path: [], message, fix: `Give a step exactly one of ${kinds}.` }] }
}
