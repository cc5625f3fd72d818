import { z } from 'zod'
import type { QuietHours } from '../../shared/notifications/quiet-hours.ts'
import { checkTimeZone } from '../../shared/time-zone.ts'

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/)

const stored = z.object({
  timeZone: z.string().refine(isTimeZone),
  from: timeOfDay,
  to: timeOfDay,
  days: z.array(z.number().int().min(0).max(6)).min(1),
})

function isTimeZone(name: string): boolean {
  try {
    return checkTimeZone(name) === name
  } catch {
    return false
  }
}

/** Quiet hours as they stand in a row, which other programs may write too. What makes no sense keeps nothing quiet: null. */
export function storedQuietHours(value: unknown): QuietHours | null {
  return stored.safeParse(value).data ?? null
}
