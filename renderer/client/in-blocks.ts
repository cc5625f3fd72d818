/** How many jobs or incidents one call takes; so says the contract. */
export const mostInBlock = 1_000

export interface SentInBlocks<Result> {
  readonly results: readonly Result[]
  /** Why the rest was not sent; null when everything was. */
  readonly failure: unknown
}

/**
 * Does one thing to any number of jobs or incidents: as many calls as it takes, one after another. When one fails, what was done
 * before it stays done and is told. @throws what the first call threw: then nothing was done
 */
export async function sendInBlocks<One, Result>(
  all: readonly One[],
  send: (block: One[]) => Promise<{ readonly results: readonly Result[] }>,
): Promise<SentInBlocks<Result>> {
  const results: Result[] = []
  for (let start = 0; start < all.length; start += mostInBlock) {
    try {
      results.push(...(await send(all.slice(start, start + mostInBlock))).results)
    } catch (failure) {
      if (results.length === 0) throw failure
      return { results, failure }
    }
  }
  return { results, failure: null }
}
