import { checkCronExpression } from './cron-expression.ts'
import { Problem } from './errors.ts'

/*
 * The same pipeline of many brands, not at the same minute. A brand begins a number of minutes after the time that was asked for; the number
 * follows from the brand alone, so that it stays when brands come and go, and whoever asks again is told the same.
 */

/** The widest window, minutes. */
export const widestSpread = 1_440

/** How many minutes after the given time a brand begins: 0 to `minutes` - 1, always the same. 0 or 1 minutes: at the given time. */
export function spreadOffset(brandId: string, minutes: number): number {
  if (minutes <= 1) return 0
  // FNV-1a (Fowler, Noll, Vo), 32 bits, with the last steps of MurmurHash3, without which the remainder of ids that are alike is alike.
  let hash = 0x81_1c_9d_c5
  for (const letter of brandId.toLowerCase()) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01_00_01_93)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35)
  return ((hash ^ (hash >>> 16)) >>> 0) % minutes
}

/**
 * The cron expression whose fires come `offset` minutes later.
 * @throws Problem `invalid_input` (field `cron_expression` for one that cannot be read, `spread_minutes`) where no one expression says that: fires
 * would go over midnight of certain days, or only some of them into another hour.
 */
export function laterBy(cron: string, offset: number): string {
  const checked = checkCronExpression(cron)
  if (offset === 0) return checked
  const [minuteField = '', hourField = '', ...days] = checked.replaceAll('?', '*').split(' ')
  const minutes = valuesOf(minuteField, 60)
  const shifted = minutes.map((minute) => minute + offset)
  const written = fieldOf(
    shifted.map((minute) => minute % 60),
    60,
  )
  if (hourField === '*') return [written, hourField, ...days].join(' ')
  const carries = new Set(shifted.map((minute) => Math.floor(minute / 60)))
  const [carry = 0] = carries
  if (carries.size > 1) throw tooFar(checked, offset, 'some of its fires would come in another hour, and others not')
  if (carry === 0) return [written, hourField, ...days].join(' ')
  const hours = valuesOf(hourField, 24).map((hour) => hour + carry)
  const isEveryDay = days.every((field) => field === '*')
  if (!isEveryDay && hours.some((hour) => hour > 23)) {
    throw tooFar(checked, offset, 'it would go over midnight, into a day that was not asked for')
  }
  return [
    written,
    fieldOf(
      hours.map((hour) => hour % 24),
      24,
    ),
    ...days,
  ].join(' ')
}

/** What each brand fires by. Throws Problem as `laterBy`, also when only a brand that is not there yet could not. */
export function spreadCron(cron: string, minutes: number): (brandId: string) => string {
  const crons = Array.from({ length: Math.max(minutes, 1) }, (_, offset) => laterBy(cron, offset))
  return (brandId) => crons[spreadOffset(brandId, minutes)] ?? cron
}

/**
 * How many of these schedules start in the same minute at most. Of expressions on the same days, as those of `spreadCron` are: brands that begin
 * an hour after one another of an hourly cadence meet, and so do those of expressions that have only some of their minutes in common.
 */
export function mostInSameMinute(crons: readonly string[]): number {
  const starts = new Map<number, number>()
  for (const [cron, { length }] of Map.groupBy(crons, (one) => one)) {
    for (const minute of minutesOfDay(cron)) starts.set(minute, (starts.get(minute) ?? 0) + length)
  }
  return Math.max(0, ...starts.values())
}

/** Minutes between two fires on the same day at least; of one fire a day, a day. */
export function shortestGap(cron: string): number {
  const minutes = minutesOfDay(cron)
  const nexts = [...minutes.slice(1), (minutes[0] ?? 0) + widestSpread]
  return Math.min(...nexts.map((next, place) => next - (minutes[place] ?? 0)))
}

/** At which minutes of a day it fires, ascending. */
function minutesOfDay(cron: string): number[] {
  const [minuteField = '', hourField = ''] = checkCronExpression(cron).split(' ')
  const minutes = valuesOf(minuteField.replace('?', '*'), 60)
  return valuesOf(hourField.replace('?', '*'), 24).flatMap((hour) => minutes.map((minute) => hour * 60 + minute))
}

/** Of a field without names: minutes and hours have none. */
function valuesOf(field: string, whole: number): number[] {
  const values = field.split(',').flatMap((item) => {
    const [range = '', step = '1'] = item.split('/')
    const [from = 0, to = range === '*' ? whole - 1 : from] = range === '*' ? [] : range.split('-').map(Number)
    return Array.from({ length: Math.floor((to - from) / Number(step)) + 1 }, (_, index) => from + index * Number(step))
  })
  return [...new Set(values)].toSorted((left, right) => left - right)
}

/** The shortest way to write them: every n-th all the way round, a range, or a list. */
function fieldOf(values: readonly number[], whole: number): string {
  const sorted = values.toSorted((left, right) => left - right)
  const [first = 0, second = first] = sorted
  if (sorted.length === whole) return '*'
  const step = second - first
  const isEven = sorted.every((value, index) => value === first + index * step)
  if (sorted.length > 2 && isEven && step > 1 && step * sorted.length === whole) {
    return first === 0 ? `*/${step}` : `${first}-${whole - 1}/${step}`
  }
  if (sorted.length > 2 && isEven && step === 1) return `${first}-${sorted.at(-1) ?? first}`
  return sorted.join(',')
}

function tooFar(cron: string, offset: number, why: string): Problem {
  return new Problem('invalid_input', `"${cron}" cannot be spread over more than ${offset} minutes: ${why}.`, {
    field: 'spread_minutes',
    value: offset + 1,
    fix: 'Choose a shorter window, or an earlier time.',
  })
}
