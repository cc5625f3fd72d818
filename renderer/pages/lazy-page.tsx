import { type ComponentType, useEffect, useState } from 'react'
import type { Asking } from '../client/asking.ts'
import { PageSkeleton } from './page-skeleton.tsx'

export interface LazyPage {
  readonly Page: ComponentType
  /** Fetches its code, so that it is there when it is shown. Rejects when it cannot be fetched; showing it tries again. */
  readonly load: () => Promise<unknown>
  /** Asks for what it shows first while nothing is filtered, before its code is there; absent = it asks when it is shown. */
  readonly ask?: (asking: Asking) => Promise<unknown>[]
}

interface Code {
  readonly Shown: ComponentType | null
  readonly error: Error | null
}

/**
 * A page whose code is fetched when it is opened. Not by `lazy` and `Suspense`: once something stands in for a page, React keeps it there for
 * 300 ms, also when the code comes at once.
 */
export function lazyPage(fetchCode: () => Promise<ComponentType>): LazyPage {
  let here: ComponentType | null = null
  const load = async (): Promise<ComponentType> => (here ??= await fetchCode())

  function Page() {
    const [{ Shown, error }, setCode] = useState<Code>({ Shown: here, error: null })
    const isMissing = Shown === null
    useEffect(() => {
      if (!isMissing) return undefined
      let isGone = false
      const keep = (code: Code): void => {
        if (!isGone) setCode(code)
      }
      load().then(
        (loaded) => keep({ Shown: loaded, error: null }),
        (failure: unknown) => keep({ Shown: null, error: errorOf(failure) }),
      )
      return () => {
        isGone = true
      }
    }, [isMissing])
    if (error !== null) throw error
    return Shown === null ? <PageSkeleton /> : <Shown />
  }
  return { load, Page }
}

function errorOf(failure: unknown): Error {
  return failure instanceof Error ? failure : new Error(String(failure))
}
