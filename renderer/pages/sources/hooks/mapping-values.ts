import type { HookView } from '../../../../shared/contract/hooks.ts'
import { isJsonPointer } from '../../../../shared/hook-mapping.ts'

export type Origin = 'default' | 'message' | 'fixed'

/** How one parameter is filled in, as it is typed. */
export interface MappingValue {
  readonly origin: Origin
  /** A JSON pointer, or JSON. */
  readonly text: string
}
export type MappingValues = Readonly<Record<string, MappingValue>>

const usual: MappingValue = { origin: 'default', text: '' }

export function mappingValue(values: MappingValues, parameter: string): MappingValue {
  return Object.hasOwn(values, parameter) ? (values[parameter] ?? usual) : usual
}

export function valuesOfMapping(mapping: HookView['mapping']): MappingValues {
  return Object.fromEntries(
    Object.entries(mapping).map(([name, source]): [string, MappingValue] => [
      name,
      'pointer' in source
        ? { origin: 'message', text: source.pointer }
        : { origin: 'fixed', text: JSON.stringify(source.value) },
    ]),
  )
}

/** What is wrong with what is typed; null = nothing. */
export function mappingFault({ origin, text }: MappingValue): string | null {
  if (origin === 'message') return isJsonPointer(text) ? null : 'Begins with "/": /repository/name'
  if (origin === 'fixed' && parsed(text) === undefined) return 'Is no JSON: text stands in quotes.'
  return null
}

/**
 * The parameters of the job type, and those that the mapping fills in besides: while no agent tells of the job type it has none, and one that
 * takes any has more than it names. What is not shown would be gone once the hook is saved.
 */
export function shownParameters(ofJobType: readonly string[], values: MappingValues): string[] {
  return [...new Set([...ofJobType, ...Object.keys(values)])]
}

/** Of these parameters; those with a fault are left out. */
export function mappingOfValues(values: MappingValues, parameters: readonly string[]): HookView['mapping'] {
  const sources = parameters.flatMap((name): [string, HookView['mapping'][string]][] => {
    const { origin, text } = mappingValue(values, name)
    const value = parsed(text)
    if (origin === 'message') return [[name, { pointer: text }]]
    return origin === 'fixed' && value !== undefined ? [[name, { value }]] : []
  })
  return Object.fromEntries(sources)
}

/** Undefined = no JSON. */
function parsed(text: string): string | number | boolean | null | undefined {
  try {
    // What JSON.parse returns is JSON; the schema of the call looks at the rest.
    return JSON.parse(text) as string | number | boolean | null
  } catch {
    return undefined
  }
}
