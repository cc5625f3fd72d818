export interface PlotSize {
  readonly width: number
  readonly height: number
  /** Value at the top; 0 is at the bottom. */
  readonly ceiling: number
}

/** Path of a line through the middle of each bucket; it breaks where there is no value, and a value alone is a short dash. */
export function linePath(values: readonly (number | null)[], { width, height, ceiling }: PlotSize): string {
  const step = width / Math.max(values.length, 1)
  const y = (value: number): string => {
    const part = ceiling > 0 ? Math.min(value / ceiling, 1) : 0
    return (1 + (1 - part) * (height - 2)).toFixed(1)
  }
  return values
    .flatMap((value, index) => {
      if (value === null) return []
      const middle = (index + 0.5) * step
      const isAlone = (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null
      if (isAlone) return [`M${(middle - step / 4).toFixed(1)} ${y(value)}H${(middle + step / 4).toFixed(1)}`]
      return [`${(values[index - 1] ?? null) === null ? 'M' : 'L'}${middle.toFixed(1)} ${y(value)}`]
    })
    .join('')
}

/** A round number of 1, 2 or 5 times a power of ten, at least 1 and not below the value; 0 for 0. */
export function niceCeiling(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 0
  const power = 10 ** Math.max(Math.floor(Math.log10(value)), 0)
  return ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10) * power
}
