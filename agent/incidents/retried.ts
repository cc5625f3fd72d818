import { setTimeout as delay } from 'node:timers/promises'
import { isTransient } from '../store/database.ts'

const waitsMs = { first: 500, most: 15_000 }

/** Does the work again as long as the database does not answer, until the signal is aborted; then its failure is thrown. */
export async function retried<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let waitMs = waitsMs.first; ; waitMs = Math.min(waitMs * 2, waitsMs.most)) {
    try {
      return await work()
    } catch (error) {
      if (signal.aborted || !isTransient(error)) throw error
      await delay(waitMs, undefined, { signal }).catch(() => undefined)
    }
  }
}
