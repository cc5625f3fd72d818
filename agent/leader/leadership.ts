/**
 * Of all agents that share a database, at most one leads at a time: it evaluates freshness into incidents, works out who is told, and
 * sweeps what is too old. Work of the leader must stay harmless when two believe to lead for a moment: it is written so that a repeated
 * or overlapping round changes nothing.
 */
export interface Leadership {
  readonly isLeader: boolean
  /** Told at each change, not at the start; returns how to stop listening. */
  subscribe(listener: (isLeader: boolean) => void): () => void
}

/** Where nobody else could lead. Several that lead at once do the same work several times, and what they write is the same. */
export const alwaysLeader: Leadership = { isLeader: true, subscribe: () => () => undefined }
