/** What can be made to go wrong, by kind, and what each does to an answer. */
export type Fault =
  /** A page of a proxy instead of JSON. */
  | { readonly kind: 'html' }
  /** JSON that ends in the middle. */
  | { readonly kind: 'cut_json' }
  /** Any error of the Graph API. */
  | { readonly kind: 'error'; readonly code: number; readonly subcode?: number; readonly status?: number }
  /** An error of throttling, with the header that says how long. */
  | { readonly kind: 'throttled'; readonly code: number; readonly minutes: number }
  /** The connection breaks without an answer. */
  | { readonly kind: 'reset' }
  /** No answer until the caller gives up. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'slow'; readonly ms: number }
  /** Of a page: the cursor for the next one leads to this one. */
  | { readonly kind: 'loop' }
  /** Of a page: its first rows are the last ones of the page before. */
  | { readonly kind: 'repeat' }
  /** From now on the token is revoked. */
  | { readonly kind: 'revoke' }
  /** Of a file: the connection breaks after so many bytes. */
  | { readonly kind: 'cut'; readonly bytes: number }

export interface PlannedFault {
  /** Name of the endpoint; `any` for all of the Graph API. */
  readonly at: Endpoint | 'any'
  readonly fault: Fault
  /** How many requests go well before; 0 unless told. */
  readonly after?: number
  /** How many are hit; 1 unless told. */
  readonly times?: number
}

export type Endpoint = 'account' | 'insights' | 'report' | 'ads' | 'images' | 'video' | 'library' | 'file'

/** Plans are consulted in the order they were made; each request is hit by one at most. */
export class Faults {
  readonly #plans: { plan: PlannedFault; toPass: number; toHit: number }[] = []

  plan(plan: PlannedFault): void {
    this.#plans.push({ plan, toPass: plan.after ?? 0, toHit: plan.times ?? 1 })
  }

  clear(): void {
    this.#plans.length = 0
  }

  /** What happens to the next request at this endpoint; null when it goes well. */
  next(endpoint: Endpoint): Fault | null {
    for (const entry of this.#plans) {
      const isMeant = entry.plan.at === endpoint || (entry.plan.at === 'any' && endpoint !== 'file')
      if (!isMeant || entry.toHit === 0) continue
      if (entry.toPass > 0) {
        entry.toPass -= 1
        continue
      }
      entry.toHit -= 1
      return entry.plan.fault
    }
    return null
  }
}
