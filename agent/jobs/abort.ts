/** Why a run is being stopped from outside; the `reason` of its AbortSignal. */
export type AbortKind = 'cancelled' | 'timed_out' | 'lease_lost' | 'shutdown'

export class RunAborted extends Error {
  readonly kind: AbortKind

  constructor(kind: AbortKind, message: string) {
    super(message)
    this.name = 'RunAborted'
    this.kind = kind
  }
}

/** The RunAborted behind an aborted signal; null while it is not aborted. */
export function abortOf(signal: AbortSignal): RunAborted | null {
  if (!signal.aborted) return null
  return signal.reason instanceof RunAborted ? signal.reason : new RunAborted('cancelled', String(signal.reason))
}
