import type { QueryClient } from '@tanstack/react-query'
import type { Client } from './door.ts'
import type { Queries } from './queries.ts'

/** What the address of a page narrows everything on it to. */
export interface Place {
  readonly organizationId: string
  readonly brandId: string | null
  /** A group of brands, as the address has it; null = all brands, or the one. */
  readonly group: string | null
}

/** With what a page that is still on its way asks for what it shows first. Who shows it, by the same options, finds it under way or there. */
export interface Asking {
  readonly client: Client
  readonly queries: Queries
  readonly cache: QueryClient
  readonly place: Place
}
