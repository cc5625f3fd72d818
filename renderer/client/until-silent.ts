/** The agent says something on a stream at least every five seconds; with more than two of those missed something is wrong. */
export const quietMs = 12_000

/**
 * What comes over a stream, until the signal aborts; and given up when nothing has come for 12 s, which aborts it: what went without a word
 * (a cable, a tunnel) never breaks by itself.
 */
export async function* untilSilent<Piece>(
  open: (signal: AbortSignal) => Promise<AsyncIterable<Piece>>,
  signal: AbortSignal,
): AsyncGenerator<Piece, void, void> {
  const silent = new AbortController()
  const giveUp = (): void => silent.abort()
  let timer = setTimeout(giveUp, quietMs)
  try {
    for await (const piece of await open(AbortSignal.any([signal, silent.signal]))) {
      clearTimeout(timer)
      timer = setTimeout(giveUp, quietMs)
      yield piece
    }
  } finally {
    clearTimeout(timer)
  }
}
