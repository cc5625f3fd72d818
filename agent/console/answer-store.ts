/** An answer as it is kept on this device. */
export interface StoredAnswer {
  /** Names the question, who may see the answer, and the database. */
  readonly key: string
  /** `jobs.list` */
  readonly call: string
  /** When it was true, by the database's clock. */
  readonly asOf: Date
  /** As text that only whoever wrote it reads. */
  readonly document: string
}

/** Keeps answers on this device, the oldest giving way. Nothing here throws or waits. */
export interface AnswerStore {
  /** False when it could not; then none of them is kept. */
  keep(answers: readonly StoredAnswer[]): boolean
  find(key: string): StoredAnswer | null
  /** Whether there is any. */
  hasAny(): boolean
  /** The database is another one: nothing of what is kept is true of it. */
  clear(): void
}
