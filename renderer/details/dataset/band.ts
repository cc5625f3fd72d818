/** The 30-day band: one character per hour, as the dataset call gives it. */
export const bandStates = { f: 'fresh', s: 'stale', n: 'nothing yet', '-': 'no policy' } as const

export interface BandDay {
  /** Start of its first hour. */
  readonly at: Date
  /** Up to 24 hours, oldest first. */
  readonly hours: string
}

const hourMs = 3_600_000

/** The hours in rows of 24, counted back from the newest: the last row is the last 24 hours. */
export function daysOf(from: Date, hours: string): BandDay[] {
  const rest = hours.length % 24
  const starts = [
    ...(rest > 0 ? [0] : []),
    ...Array.from({ length: Math.floor(hours.length / 24) }, (_, day) => rest + day * 24),
  ]
  return starts.map((start, index) => ({
    at: new Date(from.getTime() + start * hourMs),
    hours: hours.slice(start, starts[index + 1] ?? hours.length),
  }))
}

/** "22 h fresh, 2 h stale" */
export function dayInWords(hours: string): string {
  const parts = Object.entries(bandStates).flatMap(([code, word]) => {
    const count = [...hours].filter((one) => one === code).length
    return count === 0 ? [] : [`${count} h ${word}`]
  })
  return parts.join(', ')
}

/** "99.2 %"; never rounded up to 100. */
export function shareInWords(share: number): string {
  const percent = Math.floor(share * 1_000) / 10
  return `${percent.toLocaleString()} %`
}

/** `uptime` is null without an hour that can be judged: nobody has said how old it may be, or it has never succeeded. */
export function uptimeInWords(uptime: number | null, maxAgeHours: number | null): string {
  if (maxAgeHours === null) return 'no policy to measure against'
  return uptime === null ? 'it has never succeeded' : `fresh for ${shareInWords(uptime)} of the time`
}
