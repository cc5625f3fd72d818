import type { JsonObject, JsonValue } from './domain.ts'

export const hookStyles = ['standard', 'github'] as const
export type HookStyle = (typeof hookStyles)[number]

/** Where a parameter of the job comes from: a place in the body (JSON pointer, RFC 6901; "" is the whole), or a value that is always the same. */
export type ParameterSource = { readonly pointer: string } | { readonly value: JsonValue }
export type HookMapping = Readonly<Record<string, ParameterSource>>

/** Seconds a message may be old, or ahead, by the time that it was signed with. */
export const hookToleranceSeconds = 300

/** "" or "/" and what follows; "~" stands before 0 or 1 only. */
const pointerForm = /^(?:\/(?:[^~]|~[01])*)?$/su

export function isJsonPointer(text: string): boolean {
  return pointerForm.test(text)
}

/** What the pointer names in the document; undefined = nothing. Only what the document itself has. */
export function atPointer(document: JsonValue, pointer: string): JsonValue | undefined {
  if (!isJsonPointer(pointer)) return undefined
  let found: JsonValue | undefined = document
  for (const raw of pointer.split('/').slice(1)) {
    const part = raw.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined
    if (Array.isArray(found)) found = /^(?:0|[1-9]\d*)$/.test(part) ? found[Number(part)] : undefined
    else found = found[part]
  }
  return found
}

/** The parameters that a body gives. What it does not have is left out, so that the job type's defaults and its schema decide. */
export function mappedParameters(mapping: HookMapping, body: JsonValue): JsonObject {
  const given = Object.entries(mapping).map(
    ([name, source]) => [name, 'value' in source ? source.value : atPointer(body, source.pointer)] as const,
  )
  return Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
