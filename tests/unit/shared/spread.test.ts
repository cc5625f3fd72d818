import { describe, expect, test } from 'vitest'
import { describeCadence, nextFires, parseCadence } from '../../../shared/cadence.ts'
import { laterBy, mostInSameMinute, shortestGap, spreadCron, spreadOffset } from '../../../shared/spread.ts'

const brands = Array.from({ length: 200 }, (_, n) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`)

describe('the minute of a brand', () => {
  test('lies in the window, is the same whoever asks, and leaves no minute of it to most brands', () => {
    const offsets = brands.map((brand) => spreadOffset(brand, 30))
    expect(offsets.every((offset) => Number.isInteger(offset) && offset >= 0 && offset < 30)).toBe(true)
    expect(brands.map((brand) => spreadOffset(brand.toUpperCase(), 30))).toEqual(offsets)
    expect(new Set(offsets).size).toBe(30)
    const perMinute = Map.groupBy(offsets, (offset) => offset)
    expect(Math.max(...[...perMinute.values()].map(({ length }) => length))).toBeLessThan(20)
  })

  test('without a window every brand begins when it was asked for', () => {
    expect(brands.map((brand) => spreadOffset(brand, 0))).toEqual(brands.map(() => 0))
    expect(spreadOffset('any', 1)).toBe(0)
  })
})

describe('a cadence that begins later', () => {
  test.each([
    ['0 6 * * *', 0, '0 6 * * *'],
    ['0 6 * * *', 29, '29 6 * * *'],
    ['45 6 * * 1-5', 20, '5 7 * * 1-5'],
    ['45 23 * * *', 20, '5 0 * * *'],
    ['30 6,18 * * *', 40, '10 7,19 * * *'],
    ['0 */6 * * *', 70, '10 1-23/6 * * *'],
    ['0 9-17 * * 1-5', 60, '0 10-18 * * 1-5'],
    ['0 * * * *', 75, '15 * * * *'],
    ['*/15 * * * *', 7, '7-59/15 * * * *'],
    ['*/15 * * * *', 20, '5-59/15 * * * *'],
    ['0,30 * * * *', 40, '10,40 * * * *'],
    ['* * * * *', 5, '* * * * *'],
    ['0 6 L * *', 10, '10 6 L * *'],
  ])('"%s" by %i minutes is "%s"', (cron, offset, later) => {
    expect(laterBy(cron, offset)).toBe(later)
  })

  test.each(['0 6 * * *', '20 5 * * 1-5', '0 */6 * * *', '*/10 * * * *', '5,25 8 1 * *', '40 22 * * *'])(
    'every fire of "%s" comes that much later',
    (cron) => {
      const after = new Date('2026-11-23T00:00:00Z')
      const offset = 17
      const times = (one: string, from: Date) =>
        nextFires(parseCadence(one, 'UTC'), from, 20).map(({ at }) => at.getTime())
      const later = times(cron, after).map((at) => at + offset * 60_000)
      expect(times(laterBy(cron, offset), new Date(after.getTime() + offset * 60_000))).toEqual(later)
    },
  )

  test.each([
    ['50 23 * * 1', 15, 'it would go over midnight'],
    ['0 20 1 * *', 600, 'it would go over midnight'],
    ['0,45 6 * * *', 20, 'some of its fires would come in another hour'],
  ])('"%s" by %i minutes is refused: no one expression says it', (cron, offset, why) => {
    expect(() => laterBy(cron, offset)).toThrow(why)
    expect(() => spreadCron(cron, offset + 1)).toThrow('cannot be spread over')
  })

  test('what is spread still reads as words', () => {
    const cronOf = spreadCron('0 6 * * *', 30)
    const words = brands.map((brand) => describeCadence(parseCadence(cronOf(brand), 'UTC')))
    expect(words.every((text) => /^Daily at 06:[0-2]\d$/.test(text))).toBe(true)
  })
})

describe('how many start in the same minute', () => {
  /** By looking at a whole day, minute by minute. */
  function counted(cron: string, minutes: number, ids: readonly string[]): number {
    const begin = new Date('2026-11-22T23:59:59Z')
    const end = begin.getTime() + 86_400_000
    const firesOf = (one: string): number[] =>
      nextFires(parseCadence(one, 'UTC'), begin, 97)
        .map(({ at }) => at.getTime())
        .filter((at) => at <= end)
    const crons = Map.groupBy(ids.map(spreadCron(cron, minutes)), (one) => one)
    const fires = [...crons].flatMap(([one, alike]) => firesOf(one).flatMap((at) => alike.map(() => at)))
    return Math.max(...[...Map.groupBy(fires, (at) => at).values()].map(({ length }) => length))
  }

  test.each([
    ['0 6 * * *', 30],
    ['*/15 * * * *', 60],
    ['0 * * * *', 120],
    ['0,20 * * * *', 45],
    ['0 */2 * * *', 117],
    ['0 5-8 * * 1', 90],
  ])('"%s" over %i minutes: what comes again within the window meets what started later', (cron, minutes) => {
    const some = brands.slice(0, 20)
    expect(mostInSameMinute(some.map(spreadCron(cron, minutes)))).toBe(counted(cron, minutes, some))
  })

  test('nobody: none; expressions that have some minutes in common meet at those', () => {
    expect(mostInSameMinute([])).toBe(0)
    expect(mostInSameMinute(['*/15 * * * *', '0 6 * * *', '7 6 * * *'])).toBe(2)
  })

  test.each([
    ['0 6 * * *', 1_440],
    ['*/15 * * * *', 15],
    ['0 6,8 * * *', 120],
    ['50 23,0 * * *', 60],
  ])('the shortest gap of "%s" is %i minutes', (cron, gap) => expect(shortestGap(cron)).toBe(gap))
})
