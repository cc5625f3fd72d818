import { type ComponentType, lazy } from 'react'
import type { Asking } from '../client/asking.ts'

export interface LazyPage {
  readonly Page: ComponentType
  /** Fetches its code, so that it is there when it is shown. Rejects when it cannot be fetched; showing it tries again. */
  readonly load: () => Promise<unknown>
  /** Asks for what it shows first while nothing is filtered, before its code is there; absent = it asks when it is shown. */
  readonly ask?: (asking: Asking) => Promise<unknown>[]
}

/** A page whose code is fetched when it is opened. */
export function lazyPage(load: () => Promise<ComponentType>): LazyPage {
  return { load, Page: lazy(async () => ({ default: await load() })) }
}
