/** What tray clients of build servers read: the format is described at https://cctray.org/v1/. One project for each dataset. */
import { type DatasetReading, type Readings, worstFirst } from './readings.ts'

export const cctrayType = 'application/xml; charset=utf-8'

export interface Tray {
  readonly readings: Readings
  /** `https://host` of this console, for the links. */
  readonly origin: string
  /** Name or id of the brand that is asked for; null = all. */
  readonly brand: string | null
  readonly mostDatasets: number
}

/** The worst first. */
export function writeCctray({ readings, origin, brand, mostDatasets }: Tray): string {
  const projects = worstFirst(readings)
    .map(({ reading }) => reading)
    .filter((reading) => brand === null || reading.brandId === brand || reading.brand === brand)
    .slice(0, mostDatasets)
    .map((reading) => `  <Project ${attributes(projectOf(reading, origin))}/>\n`)
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Projects>\n${projects.join('')}</Projects>\n`
}

function projectOf(reading: DatasetReading, origin: string): Record<string, string> {
  const { brand, brandId, dataset, isRunning, lastAttemptMs, lastSuccessMs } = reading
  return {
    name: `${brand} / ${dataset}`,
    activity: isRunning ? 'Building' : 'Sleeping',
    lastBuildStatus: statusOf(reading),
    lastBuildTime: instantOf(lastAttemptMs ?? lastSuccessMs),
    webUrl: `${origin}/brands/${brandId}/datasets/${encodeURIComponent(dataset)}`,
  }
}

/** Data that must not be used is a failure, whatever its last run did; a failed attempt at data that is still good is an exception. */
function statusOf({ freshness, lastAttempt }: DatasetReading): 'Success' | 'Failure' | 'Exception' | 'Unknown' {
  if (freshness === 'stale' || freshness === 'never_synced') return 'Failure'
  if (lastAttempt === 'failed') return 'Exception'
  return freshness === 'no_policy' && lastAttempt === 'unknown' ? 'Unknown' : 'Success'
}

/** The format wants a time; what was never attempted has the first that there is. */
function instantOf(ms: number | null): string {
  const date = new Date(ms ?? 0)
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString()
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(' ')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** XML 1.0 has no control characters at all, not even escaped, and neither half surrogates. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\uFFFE\uFFFF]/gu, ' ')
    .replace(/[&<>"]/g, (found) => entities[found] ?? found)
}
