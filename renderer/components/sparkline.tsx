/** A small line of the last values, oldest first; words say the same. Nothing for fewer than two values. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  if (values.length < 2) return null
  const most = Math.max(...values, 1)
  const step = 96 / (values.length - 1)
  const points = values.map(
    (value, index) => `${(2 + index * step).toFixed(1)},${(22 - (value / most) * 20).toFixed(1)}`,
  )
  const last = points.at(-1)?.split(',') ?? ['0', '0']
  return (
    <svg width="100" height="24" viewBox="0 0 100 24" role="img" aria-label={label}>
      <polyline
        points={points.join(' ')}
        fill="none"
        stroke="var(--pm-text-dim)"
        strokeWidth="1.25"
        strokeLinejoin="round"
      />
      <circle cx={last[0]} cy={last[1]} r="2" fill="var(--pm-text)" />
    </svg>
  )
}
