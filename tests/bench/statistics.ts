/** Middle value of a sample; NaN when it is empty. */
export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** The value that `percent` of the sample do not exceed (nearest rank); NaN when it is empty. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  if (percent === 50 && sorted.length > 0 && sorted.length % 2 === 0) {
    return ((sorted[sorted.length / 2 - 1] ?? Number.NaN) + (sorted[sorted.length / 2] ?? Number.NaN)) / 2
  }
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
}

/** `1,234 [1,100–1,300]`: the median of the rounds and their range. */
export function spread(values: readonly number[], digits = 0): string {
  const known = values.filter((value) => !Number.isNaN(value))
  if (known.length === 0) return '–'
  const shown = figure(median(known), digits)
  if (known.length === 1) return shown
  return `${shown} [${figure(Math.min(...known), digits)}–${figure(Math.max(...known), digits)}]`
}

export function figure(value: number, digits = 0): string {
  if (Number.isNaN(value)) return '–'
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** The ratios of two contestants round by round: the rounds of one index ran in the same minutes. */
export function pairedRatios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.flatMap((value, round) => {
    const other = theirs[round]
    return other === undefined ? [] : [value / other]
  })
}
