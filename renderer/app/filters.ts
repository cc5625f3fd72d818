import { useCallback, useMemo } from 'react'
import { useSearchParameters } from './places.ts'

/** How one filter stands in the URL. */
export interface FilterCodec<Value> {
  /** Null and anything unreadable become the usual value: a link from elsewhere must never break a page. */
  read(text: string | null): Value
  /** Null = the usual value, which is left out of the URL. */
  write(value: Value): string | null
}

export const textFilter: FilterCodec<string> = {
  read: (text) => text ?? '',
  write: (value) => (value === '' ? null : value),
}

export function choiceFilter<Choice extends string>(choices: readonly Choice[], usual: Choice): FilterCodec<Choice> {
  return {
    read: (text) => choices.find((choice) => choice === text) ?? usual,
    write: (value) => (value === usual ? null : value),
  }
}

/** Any number of the choices; none = no filter. */
export function choicesFilter<Choice extends string>(choices: readonly Choice[]): FilterCodec<readonly Choice[]> {
  return {
    read: (text) => {
      const wanted = (text ?? '').split(',')
      return choices.filter((choice) => wanted.includes(choice))
    },
    write: (values) => (values.length === 0 ? null : values.join(',')),
  }
}

/** Any words, such as job types and ids. */
export const wordsFilter: FilterCodec<readonly string[]> = {
  read: (text) => (text === null || text === '' ? [] : text.split(',').map(decodeURIComponentSafely)),
  write: (values) => (values.length === 0 ? null : values.map((value) => encodeURIComponent(value)).join(',')),
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

type Codecs = Readonly<Record<string, FilterCodec<never>>>
type Values<C> = { readonly [Name in keyof C]: C[Name] extends FilterCodec<infer Value> ? Value : never }

/**
 * The filters of a page, kept in the URL under their names: Back works, a reload changes nothing, a link brings them along. Define the codecs
 * once outside of the component. Setting replaces the address instead of adding a step, so that typing does not fill the history.
 */
export function useFilters<
  C extends { readonly [Name in keyof C]: FilterCodec<C[Name] extends FilterCodec<infer V> ? V : never> },
>(
  codecs: C,
): {
  readonly filters: Values<C>
  readonly set: (change: Partial<Values<C>>) => void
  readonly clear: () => void
  /** How many narrow. */
  readonly active: number
} {
  const [parameters, change] = useSearchParameters()
  const table = codecs as unknown as Codecs
  // The same filters while their own texts are: what else the address says, such as what is open, asks for nothing anew.
  const texts = JSON.stringify(Object.keys(table).map((name) => parameters.get(name)))
  const filters = useMemo(() => {
    // What has just been written.
    const written = JSON.parse(texts) as (string | null)[]
    // Each value is read by the codec of its own name.
    return Object.fromEntries(
      Object.entries(table).map(([name, codec], place) => [name, codec.read(written[place] ?? null)]),
    ) as unknown as Values<C>
  }, [table, texts])
  const set = useCallback(
    (changes: Partial<Values<C>>) =>
      change(
        Object.fromEntries(
          Object.entries(changes).map(([name, value]) => [name, table[name]?.write(value as never) ?? null]),
        ),
        { replace: true },
      ),
    [change, table],
  )
  return {
    filters,
    set,
    clear: () => change(Object.fromEntries(Object.keys(table).map((name) => [name, null])), { replace: true }),
    active: Object.keys(table).filter((name) => parameters.has(name)).length,
  }
}
