const secondMs = 1_000
const minuteMs = 60 * secondMs
const waitsMs = [10 * secondMs, 30 * secondMs, 2 * minuteMs, 10 * minuteMs, 30 * minuteMs, 120 * minuteMs]
const longestAskedMs = 6 * 60 * minuteMs

/** How often one message is tried at most: for nearly three hours. */
export const mostDeliveryAttempts = waitsMs.length + 1

/**
 * How long to wait after the given attempt (1 for the first) failed, ms; null = it was the last one. Half of the wait is drawn, so that
 * agents that failed together do not come back together; `random` is 0 up to, not including, 1. Whoever asks for more patience gets it,
 * up to six hours.
 */
export function deliveryWaitMs(attempt: number, askedMs: number | null, random: number): number | null {
  const wait = waitsMs[attempt - 1]
  if (wait === undefined) return null
  return Math.max(Math.round((wait / 2) * (1 + random)), Math.min(askedMs ?? 0, longestAskedMs))
}
