/**
 * `asleep`: the machine is suspended, or has just woken and does not know yet what it still holds. `on_battery`: this laptop works on
 * mains power only. `paused`: a person has paused this agent for a while.
 */
export const holdReasons = ['asleep', 'on_battery', 'paused'] as const
export type HoldReason = (typeof holdReasons)[number]

/** While there is a reason, nothing more is claimed; what runs goes on. It outlives the agent that it holds. */
export class ClaimHolds {
  readonly #reasons = new Set<HoldReason>()
  readonly #listeners = new Set<() => void>()

  get isHeld(): boolean {
    return this.#reasons.size > 0
  }

  has(reason: HoldReason): boolean {
    return this.#reasons.has(reason)
  }

  hold(reason: HoldReason): void {
    this.#reasons.add(reason)
  }

  /** Takes one reason back; with the last one, listeners hear that there may be something to catch up with. */
  release(reason: HoldReason): void {
    if (!this.#reasons.delete(reason) || this.isHeld) return
    for (const listener of this.#listeners) listener()
  }

  /** Hears when nothing holds any more; returns how to stop listening. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
