import type { Settings } from './use-settings.ts'

export type QuietHours = NonNullable<Settings['quietHours']>

const everyDay = [0, 1, 2, 3, 4, 5, 6]

/** Nights, where the reader is. */
export function usualQuietHours(): QuietHours {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  return { timeZone, from: '22:00', to: '07:00', days: everyDay }
}

/** From Monday on, in the reader's language; `day` as in the contract, 0 = Sunday. */
export function weekdays(): readonly { readonly day: number; readonly name: string }[] {
  const format = new Intl.DateTimeFormat(undefined, { weekday: 'long', timeZone: 'UTC' })
  // 1 January 2023 was a Sunday.
  return [1, 2, 3, 4, 5, 6, 0].map((day) => ({ day, name: format.format(new Date(Date.UTC(2023, 0, 1 + day))) }))
}

/** Why these cannot be saved; null when they can. */
export function quietHoursFault(quietHours: QuietHours | null): string | null {
  if (quietHours === null) return null
  if (quietHours.from === '' || quietHours.to === '') return 'Give both times.'
  return quietHours.days.length === 0 ? 'Choose a day on which they begin, or switch them off.' : null
}

/** "from 22:00 to 07:00 (Europe/Berlin), beginning on Friday and Saturday" */
export function quietInWords(quietHours: QuietHours | null): string {
  if (quietHours === null) return 'never'
  const { from, to, timeZone, days } = quietHours
  const names = weekdays().filter(({ day }) => days.includes(day))
  const when = names.length === everyDay.length ? 'every day' : `on ${names.map(({ name }) => name).join(', ')}`
  return `from ${from} to ${to} (${timeZone}), beginning ${when}`
}
