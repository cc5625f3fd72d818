/** "99.4 %"; never rounded up to all, nor down to nothing. `share`: 0 to 1. */
export function percentText(share: number): string {
  if (share >= 1) return '100 %'
  if (share <= 0) return '0 %'
  const percent = share * 100
  if (percent > 99.9) return '99.9 %'
  return percent < 0.1 ? '0.1 %' : `${Number(percent.toFixed(1))} %`
}

/** Better or worse than the window before, in percent points: "+1.2 points"; null where they are the same to a tenth, or nothing compares. */
export function changeText(share: number | null, before: number | null): string | null {
  if (share === null || before === null) return null
  const points = Number(((share - before) * 100).toFixed(1))
  if (points === 0) return null
  return `${points > 0 ? '+' : '−'}${Math.abs(points)} ${Math.abs(points) === 1 ? 'point' : 'points'}`
}
