import { z } from 'zod'
import type { Finding } from '../../settings/finding.ts'
import { check } from '../../settings/schema-issue.ts'

/**
 * A mapping that has exactly one of some keys, which chooses what else it may have: `run: { command: […] }`. Every fault keeps its
 * path and its fix.
 * @param what for messages: "a step".
 */
export function oneOf<Kind extends string, Output>(variants: Record<Kind, z.ZodType<Output>>, what: string) {
  const kinds = Object.keys(variants).join(', ')
  const isKind = (key: string): key is Kind => Object.hasOwn(variants, key)
  return z.record(z.string(), z.unknown()).transform((written, context): Output => {
    const chosen = Object.keys(written).filter(isKind)
    const [kind] = chosen
    const result =
      kind === undefined || chosen.length > 1 ? wrongKind(chosen, kinds, what) : check(variants[kind], written)
    if (result.ok) return result.value
    for (const { path, message, value, fix } of result.findings) {
      context.issues.push({ code: 'custom', path: [...path], message, input: value, params: { fix } })
    }
    return z.NEVER
  })
}

function wrongKind(chosen: readonly string[], kinds: string, what: string): { ok: false; findings: Finding[] } {
  const message =
    chosen.length === 0 ? `must have one of the keys ${kinds}` : `has more than one kind: ${chosen.join(', ')}`
  return { ok: false, findings: [{ path: [], message, fix: `Give ${what} exactly one of ${kinds}.` }] }
}
