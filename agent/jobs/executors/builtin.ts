import { z } from 'zod'
import type { JsonObject } from '../../../shared/domain.ts'
import { type Executor, type StepContext, StepFailure, type StepResult } from './executor.ts'

/** `run: { builtin: name, with: {…} }`: code of this program, by name. */
export const builtinSpec = z.strictObject({
  builtin: z.string().min(1).max(63),
  with: z.record(z.string(), z.json()).optional(),
})
export type BuiltinSpec = z.infer<typeof builtinSpec>

/** `settings` are the `with` of the catalog, as written there; the run's parameters are in the context. */
export type BuiltinHandler = (settings: JsonObject, context: StepContext) => Promise<StepResult>

export function createBuiltinExecutor(handlers: ReadonlyMap<string, BuiltinHandler>): Executor<BuiltinSpec> {
  return async (spec, context) => {
    const handler = handlers.get(spec.builtin)
    if (handler === undefined) {
      const known = [...handlers.keys()].toSorted().join(', ') || 'none'
      throw new StepFailure('configuration', `this program has no built-in step "${spec.builtin}" (it has: ${known})`)
    }
    return handler(spec.with ?? {}, context)
  }
}
