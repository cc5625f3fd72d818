/** How many jobs or incidents one call takes; so says the contract. */
export const mostInBlock = 1_000

export interface SentInBlocks<Result> {
  readonly results: readonly Result[]
  /** Why the rest was not sent; null when everything was. */
  readonly failure: unknown
}

/**
 * Does one thing to any number of jobs or incidents: as many calls as it takes, one after another. When one fails, what was done
 * before it stays done and is told. `alike`: only what has the same word goes together. @throws what the first call threw: then nothing
 * is known to be done
 */
export async function sendInBlocks<One, Result>(
  all: readonly One[],
  send: (block: One[]) => Promise<{ readonly results: readonly Result[] }>,
  alike: (one: One) => string = () => '',
): Promise<SentInBlocks<Result>> {
  const results: Result[] = []
  for (const block of [...Map.groupBy(all, alike).values()].flatMap(blocksOf)) {
    try {
      results.push(...(await send(block)).results)
    } catch (failure) {
      if (results.length === 0) throw failure
      return { results, failure }
    }
  }
  return { results, failure: null }
}

function blocksOf<One>(all: One[]): One[][] {
  return Array.from({ length: Math.ceil(all.length / mostInBlock) }, (_, block) =>
    all.slice(block * mostInBlock, (block + 1) * mostInBlock),
  )
}
