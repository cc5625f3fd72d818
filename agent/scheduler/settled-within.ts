/** Waits until all of them have settled, whatever became of them, and no longer than this. */
export async function settledWithin(promises: Iterable<Promise<unknown>>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([Promise.allSettled(promises), timeout])
  clearTimeout(timer)
}

/** The answer, or `late` when there is none in time. Rejects as the answer does. */
export async function answeredWithin<Answer>(answer: Promise<Answer>, ms: number, late: Answer): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<Answer>((resolve) => (timer = setTimeout(resolve, ms, late)))
  return Promise.race([answer, silence]).finally(() => clearTimeout(timer))
}
