/**
 * Of all agents that share a database, at most one leads at a time: it evaluates freshness into incidents, works out who is told, and
 * sweeps what is too old. Work of the leader must stay harmless when two believe to lead for a moment: it is written so that a repeated
 * or overlapping round changes nothing.
 *
 * ## How it is held
 *
 * - By **a session lock**, on a connection of its own. The server frees it the moment the process is gone. A process that is stopped
 *   (SIGSTOP, a frozen machine, a cut cable) keeps its connection, so the lock alone would hold for hours: therefore the server ends
 *   this session when it has been silent for 10 s (`idle_session_timeout`), and the agent breaks the silence every 3 s with a message
 *   that is no transaction.
 * - By **a row** that expires after 30 s and is renewed every 12 s, where a pooler stands in between: there a session lock would belong
 *   to a session that many share. Whoever uses the lock looks at the row too, and the other way round, so that agents with and without
 *   a pooler can share a database.
 *
 * ## States
 *
 * ```
 *            connected             the lock or row is free            given up: stop
 *  waiting ◄──────────── away      waiting ───────────────► leading ───────────────► away
 *     │  tries every 12 s,  ▲                                  │
 *     │  at once when told  └──────────────────────────────────┘
 *     └── of a vacancy         no answer for 8 s (row: 25 s), connection lost, somebody else leads
 * ```
 *
 * ## Promises
 *
 * 1. **Nobody leads whom the server does not know to.** The belief ends 8 s (row: 25 s) after the question that was answered last was
 *    sent, by the monotonic clock; the server lets nobody else in before 10 s (30 s) are over. `isLeader` is computed when it is read,
 *    so a process that was stopped knows at its first instruction. The exception: the monotonic clock may stand still while a machine
 *    sleeps; after waking, the first question tells, within 3 s (12 s).
 * 2. **A leader that dies is followed within seconds.** Killed: its lock is free at once, and whoever waits looks every 12 s. Stopped,
 *    or cut off: 10 s later at most. By the row: within 42 s.
 * 3. **A leader that stops is followed at once.** It gives up before anything else of the agent stops, and tells those who wait.
 * 4. **Leading costs no transaction**, waiting five a minute (by the row: five, either way).
 *
 * What is not promised: that work which was begun while leading ends with it. A statement under way runs to its end, hence the rule
 * at the top.
 */
export interface Leadership {
  readonly isLeader: boolean
  /** Told at each change, not at the start; returns how to stop listening. */
  subscribe(listener: (isLeader: boolean) => void): () => void
}

/** Where nobody else could lead. Several that lead at once do the same work several times, and what they write is the same. */
export const alwaysLeader: Leadership = { isLeader: true, subscribe: () => () => undefined }
