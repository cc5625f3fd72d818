/** A number from 0 up to, not including, 1 that depends on nothing but its arguments (whole numbers). */
export function noise(seed: number, ...keys: readonly number[]): number {
  let state = seed | 0
  for (const key of keys) state = mixed(state ^ mixed(key | 0)) + 0x9e3779b9
  return (mixed(state) >>> 0) / 2 ** 32
}

/** Same as `noise`, between two numbers. */
export function between(low: number, high: number, seed: number, ...keys: readonly number[]): number {
  return low + (high - low) * noise(seed, ...keys)
}

/** The finalizer of MurmurHash3: every bit of the input changes half of the output. */
function mixed(value: number): number {
  let bits = value
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
