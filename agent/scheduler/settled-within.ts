/** Waits until all of them have settled, whatever became of them, and no longer than this, nor than until the signal is aborted. */
export async function settledWithin(
  promises: Iterable<Promise<unknown>>,
  ms: number,
  hurry?: AbortSignal,
): Promise<void> {
  const { promise: enough, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(resolve, hurry?.aborted === true ? 0 : ms, null)
  const stop = (): void => resolve(null)
  hurry?.addEventListener('abort', stop, { once: true })
  await Promise.race([Promise.allSettled(promises), enough])
  hurry?.removeEventListener('abort', stop)
  clearTimeout(timer)
}

/** The answer, or `late` when there is none in time. Rejects as the answer does. */
export async function answeredWithin<Answer>(answer: Promise<Answer>, ms: number, late: Answer): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<Answer>((resolve) => (timer = setTimeout(resolve, ms, late)))
  return Promise.race([answer, silence]).finally(() => clearTimeout(timer))
}
