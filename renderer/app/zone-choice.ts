import type { Preferences } from './preferences.tsx'

/** In which zone instants are shown, in words, in the order in which the key `t` goes through them. */
export const zoneChoices = [
  { value: 'mine', label: 'My time', short: 'Mine', about: 'The zone of this machine' },
  { value: 'schedule', label: "The schedule's time", short: "Schedule's", about: 'The zone of each job; else mine' },
  { value: 'utc', label: 'UTC', short: 'UTC', about: 'The same for everybody' },
] as const satisfies readonly {
  value: Preferences['zone']
  label: string
  short: string
  about: string
}[]

export function nextZone(zone: Preferences['zone']): Preferences['zone'] {
  const at = zoneChoices.findIndex(({ value }) => value === zone)
  return zoneChoices[(at + 1) % zoneChoices.length]?.value ?? 'mine'
}
