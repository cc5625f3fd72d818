import { describe, expect, test } from 'vitest'
import {
  type Cadence,
  countMissed,
  describeCadence,
  nextFire,
  nextFires,
  parseCadence,
} from '../../../shared/cadence.ts'
import { Problem } from '../../../shared/errors.ts'

function problemOf(run: () => unknown): Problem {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('expected a Problem, but nothing was thrown')
}

function firesAfter(cron: string, zone: string, after: string, count: number): string[] {
  return nextFires(parseCadence(cron, zone), new Date(after), count).map((fire) => fire.at.toISOString().slice(0, 16))
}

describe('J13: daylight saving time', () => {
  test.for([
    ['gap, Berlin', '30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', ['2026-03-29T01:00', '2026-03-30T00:30']],
    ['gap, New York', '30 2 * * *', 'America/New_York', '2026-03-07T12:00Z', ['2026-03-08T07:00', '2026-03-09T06:30']],
    ['overlap, Berlin', '30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    [
      'overlap, New York',
      '30 1 * * *',
      'America/New_York',
      '2026-10-31T12:00Z',
      ['2026-11-01T05:30', '2026-11-02T06:30'],
    ],
    [
      'hourly over a gap',
      '0 * * * *',
      'Europe/Berlin',
      '2026-03-28T23:30Z',
      ['2026-03-29T00:00', '2026-03-29T01:00', '2026-03-29T02:00'],
    ],
    [
      'hourly over an overlap',
      '0 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:30Z',
      ['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00'],
    ],
    [
      'half-hourly over an overlap',
      '*/30 * * * *',
      'America/New_York',
      '2026-11-01T04:45Z',
      ['2026-11-01T05:00', '2026-11-01T05:30', '2026-11-01T06:00', '2026-11-01T06:30', '2026-11-01T07:00'],
    ],
    [
      'every 30 minutes of hour 2 in an overlap',
      '*/30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T12:00Z',
      ['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30', '2026-10-26T01:00'],
    ],
    [
      'bad input 7: every 30 minutes of hour 1 in an overlap',
      '*/30 1 * * *',
      'America/New_York',
      '2026-10-31T12:00Z',
      ['2026-11-01T05:00', '2026-11-01T05:30', '2026-11-01T06:00', '2026-11-01T06:30', '2026-11-02T06:00'],
    ],
    [
      'two hours, one of them in a gap',
      '15 2,3 * * *',
      'Europe/Berlin',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:15', '2026-03-30T00:15', '2026-03-30T01:15'],
    ],
    [
      'gap of 30 minutes, Lord Howe',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T12:00Z',
      ['2026-10-03T15:30', '2026-10-04T15:15'],
    ],
    [
      'asked from inside an overlap, after the first run',
      '30 1 * * *',
      'America/New_York',
      '2026-11-01T05:45Z',
      ['2026-11-02T06:30'],
    ],
    ['asked from the repeated hour', '30 1 * * *', 'America/New_York', '2026-11-01T06:15Z', ['2026-11-02T06:30']],
    [
      'gap from midnight, Cairo',
      '30 0 * * *',
      'Africa/Cairo',
      '2026-04-23T12:00Z',
      ['2026-04-23T22:00', '2026-04-24T21:30'],
    ],
    [
      'gap until midnight, Nuuk',
      '30 23 * * *',
      'America/Nuuk',
      '2025-03-29T12:00Z',
      ['2025-03-30T01:00', '2025-03-31T00:30'],
    ],
    [
      'a whole day skipped, Apia',
      '0 12 * * *',
      'Pacific/Apia',
      '2011-12-29T23:00Z',
      ['2011-12-30T10:00', '2011-12-30T22:00'],
    ],
  ] as const)('%s: %s in %s', ([, cron, zone, after, expected]) => {
    expect(firesAfter(cron, zone, after, expected.length)).toEqual(expected)
  })

  test('a preview says which fires daylight saving time touched', () => {
    const gap = nextFires(parseCadence('30 2 * * *', 'Europe/Berlin'), new Date('2026-03-28T12:00Z'), 2)
    expect(gap.map(({ local, note }) => [local, note])).toEqual([
      ['Sun 2026-03-29 03:00 +02:00', 'dst_gap'],
      ['Mon 2026-03-30 02:30 +02:00', null],
    ])
    const overlap = nextFires(parseCadence('*/30 1 * * *', 'America/New_York'), new Date('2026-11-01T05:10Z'), 3)
    expect(overlap.map(({ local, note }) => [local, note])).toEqual([
      ['Sun 2026-11-01 01:30 -04:00', 'dst_overlap'],
      ['Sun 2026-11-01 01:00 -05:00', 'dst_overlap'],
      ['Sun 2026-11-01 01:30 -05:00', 'dst_overlap'],
    ])
  })

  test('a fire that merely coincides with the end of a gap is an ordinary one', () => {
    const [fire] = nextFires(parseCadence('0 3 * * *', 'Europe/Berlin'), new Date('2026-03-28T12:00Z'), 1)
    expect(fire).toEqual({ at: new Date('2026-03-29T01:00Z'), local: 'Sun 2026-03-29 03:00 +02:00', note: null })
  })
})

describe('J13: next fires', () => {
  test.for([
    ['2026-10-24T06:29:59.999Z', '2026-10-24T06:30:00.000Z'],
    ['2026-10-24T06:30:00.000Z', '2026-10-25T06:30:00.000Z'],
    ['2026-10-24T06:30:00.001Z', '2026-10-25T06:30:00.000Z'],
  ] as const)('strictly after %s comes %s', ([after, expected]) => {
    expect(nextFire(parseCadence('30 6 * * *', 'UTC'), new Date(after))?.toISOString()).toBe(expected)
  })

  test('bad input 8: day of month and day of week together mean either', () => {
    expect(firesAfter('0 0 1 * MON', 'UTC', '2026-10-24T06:30Z', 3)).toEqual([
      '2026-10-26T00:00',
      '2026-11-01T00:00',
      '2026-11-02T00:00',
    ])
  })

  test.for(['0', '7', 'SUN', 'sun'])('Sunday is %s', (day) => {
    expect(firesAfter(`0 6 * * ${day}`, 'UTC', '2026-10-24T00:00Z', 1)).toEqual(['2026-10-25T06:00'])
  })

  test('29 February is found years ahead', () => {
    expect(firesAfter('0 0 29 2 *', 'UTC', '2026-10-24T00:00Z', 2)).toEqual(['2028-02-29T00:00', '2032-02-29T00:00'])
  })

  test.for(['0 6 * * *', '*/5 * * * *'])('bad input 26: after the year 3000 "%s" has no next fire', (cron) => {
    expect(nextFire(parseCadence(cron, 'UTC'), new Date('9999-12-31T00:00Z'))).toBeNull()
    expect(nextFires(parseCadence(cron, 'UTC'), new Date('9999-12-31T00:00Z'), 5)).toEqual([])
  })

  test('bad input 16: an invalid date is refused', () => {
    const problem = problemOf(() => nextFire(parseCadence('0 6 * * *', 'UTC'), new Date(Number.NaN)))
    expect(problem).toMatchObject({ code: 'invalid_input', field: 'after' })
  })

  test('a cadence that was never parsed is still checked', () => {
    const problem = problemOf(() => nextFire({ cron: '* * * *', timeZone: 'UTC' }, new Date(0)))
    expect(problem.field).toBe('cron_expression')
  })

  test('many different cadences do not disturb each other', () => {
    const minutes = Array.from({ length: 600 }, (_, index) => index)
    const cronOf = (index: number) => `${index % 60} ${Math.floor(index / 60)} * * *`
    for (const round of [1, 2]) {
      for (const index of minutes) {
        const expected = new Date(Date.UTC(2026, 0, round, 0, index))
        const after = new Date(expected.getTime() - 1)
        expect(nextFire(parseCadence(cronOf(index), 'UTC'), after)).toEqual(expected)
      }
    }
  })
})

describe('J10: missed fires', () => {
  const hourly = parseCadence('0 * * * *', 'UTC')
  test.for([
    ['2026-01-01T00:00Z', '2026-01-01T03:00Z', 3],
    ['2026-01-01T00:00Z', '2026-01-01T02:59Z', 2],
    ['2026-01-01T00:00Z', '2026-01-01T00:00Z', 0],
    ['2026-01-01T03:00Z', '2026-01-01T00:00Z', 0],
  ] as const)('fires in (%s, %s]: %i', ([since, until, expected]) => {
    expect(countMissed(hourly, new Date(since), new Date(until))).toBe(expected)
  })

  test('the count stops at its cap', () => {
    const everyMinute = parseCadence('* * * * *', 'UTC')
    const [since, until] = [new Date('2020-01-01T00:00Z'), new Date('2026-01-01T00:00Z')]
    expect(countMissed(everyMinute, since, until)).toBe(1000)
    expect(countMissed(everyMinute, since, until, 7)).toBe(7)
    expect(countMissed(everyMinute, since, until, 0)).toBe(0)
  })
})

describe('bad inputs 1-9: cron expressions', () => {
  test.for([
    ['1: empty', '', 'The schedule is empty.'],
    ['1: blanks', ' \t ', 'The schedule is empty.'],
    ['2: four fields', '* * * *', 'The schedule has 4 fields; it needs 5.'],
    ['2: one number', '5', 'The schedule has 1 field; it needs 5.'],
    ['3: six fields', '* * * * * *', 'The schedule has 6 fields; it needs 5. Seconds are not supported.'],
    ['4: 31 February', '0 0 31 2 *', 'The schedule never fires: no such day exists.'],
    ['4: 31st of short months', '0 0 31 4,6,9,11 *', 'The schedule never fires: no such day exists.'],
    ['5: minute 61', '61 * * * *', 'Minute "61" is not between 0 and 59.'],
    ['5: hour 24', '0 24 * * *', 'Hour "24" is not between 0 and 23.'],
    ['5: day 0', '0 0 0 * *', 'Day of month "0" is not between 1 and 31.'],
    ['5: month 13', '0 0 1 13 *', 'Month "13" is not between 1 and 12.'],
    ['5: weekday 8', '0 0 * * 8', 'Day of week "8" is not between 0 and 7.'],
    ['5: unknown name', '0 0 * FOO *', 'Month "FOO" is not between 1 and 12.'],
    ['5: step 0', '*/0 * * * *', 'Minute "*/0" steps by 0.'],
    ['5: step 90', '*/90 * * * *', 'Minute "*/90" steps by 90.'],
    ['5: step without range', '5/15 * * * *', 'Minute "5/15" has a step but no range.'],
    ['5: backwards', '5-1 * * * *', 'Minute "5-1" runs backwards.'],
    ['5: two commas', '1,,2 * * * *', 'Minute "" is empty.'],
    ['5: a fraction', '0.5 * * * *', 'Minute "0.5" is not understood.'],
    ['5: @every', '@every 5m', '"@every 5m" is a nickname, not a cron expression.'],
    ['5: @daily', '@daily', '"@daily" is a nickname, not a cron expression.'],
    ['5: Arabic digits', '٠ ٦ * * *', 'Minute "٠" is not understood.'],
    ['5: full-width digits', '0 ６ * * *', 'Hour "６" is not understood.'],
    [
      '5: 5,000 fields',
      Array(5_000).fill('*').join(' '),
      'The schedule is 9999 characters long; at most 120 are allowed.',
    ],
    ['5: a huge range', '0 0 1-100000000 * *', 'Day of month "1-100000000" is not understood.'],
    ['5: a huge negative range', '0 0 1--100000000 * *', 'Day of month "1--100000000" is not understood.'],
    ['9: Jenkins hash', 'H * * * *', 'Minute "H" is not understood.'],
    ['13: a NUL', '0 6\u0000 * * *', 'Hour "6\\u0000" is not understood.'],
  ] as const)('bad input %s', ([, cron, message]) => {
    const problem = problemOf(() => parseCadence(cron, 'UTC'))
    expect(problem).toMatchObject({ code: 'invalid_input', message, field: 'cron_expression', value: cron })
    expect(problem.fix).toMatch(/^[A-Z].*\.$/)
  })

  test('bad input 4: an expression that never fires is refused every time it is asked', () => {
    const never: Cadence = { cron: '0 0 30 2 *', timeZone: 'UTC' }
    expect(nextFire(never, new Date(0))).toBeNull()
    expect(problemOf(() => parseCadence(never.cron, never.timeZone)).message).toContain('never fires')
    expect(problemOf(() => parseCadence(never.cron, never.timeZone)).message).toContain('never fires')
  })

  test.for([
    '0 6 * * MON-FRI',
    '0 6 * * mon,Wed',
    '0 6 L * *',
    '0 6 15W * *',
    '0 6 LW * *',
    '0 6 * * 5#2',
    '0 6 * * 5L',
    '0-30/10 6 ? * 6-7',
  ])('accepts %s', (cron) => {
    expect(nextFire(parseCadence(cron, 'UTC'), new Date('2026-01-01T00:00Z'))).not.toBeNull()
  })

  test('blanks around and between the fields do not matter', () => {
    expect(parseCadence('  0   6\t* * * ', 'UTC')).toEqual({ cron: '0 6 * * *', timeZone: 'UTC' })
  })
})

describe('bad inputs 10-12: time zones', () => {
  test.for([
    ['10: misspelt', 'Europe/Kyivv', 'There is no time zone "Europe/Kyivv".'],
    ['10: an offset', '+03:00', 'The time zone "+03:00" is an offset, not a place.'],
    ['10: local', 'local', 'There is no time zone "local".'],
    ['10: empty', '', 'The time zone is empty.'],
    ['10: blank', '  ', 'The time zone is empty.'],
    ['11: UTC+3', 'UTC+3', 'The time zone "UTC+3" is an offset, not a place.'],
    ['11: GMT-5', 'gmt-5', 'The time zone "gmt-5" is an offset, not a place.'],
    ['37: markup', '<b>UTC</b>', 'There is no time zone "<b>UTC</b>".'],
    ['37: very long', 'x'.repeat(10_000), `There is no time zone "${'x'.repeat(64)}".`],
  ] as const)('bad input %s', ([, zone, message]) => {
    const problem = problemOf(() => parseCadence('0 6 * * *', zone))
    expect(problem).toMatchObject({ code: 'invalid_input', message, field: 'time_zone', value: zone })
    expect(problem.fix).toContain('Europe/Berlin')
  })

  test('bad input 10: blanks around a name are dropped', () => {
    expect(parseCadence('0 6 * * *', ' Europe/Kyiv ').timeZone).toBe('Europe/Kyiv')
  })

  test.for(['Europe/Kiev', 'Europe/Kyiv', 'Asia/Calcutta', 'Etc/GMT+5', 'UTC', 'America/Argentina/Buenos_Aires'])(
    'bad input 12: %s is kept as typed',
    (zone) => {
      expect(parseCadence('0 6 * * *', zone).timeZone).toBe(zone)
    },
  )

  test('bad input 12: an alias fires with its zone', () => {
    const after = '2026-01-01T00:00Z'
    expect(firesAfter('0 6 * * *', 'Europe/Kiev', after, 3)).toEqual(firesAfter('0 6 * * *', 'Europe/Kyiv', after, 3))
  })
})

describe('J13: schedules in words', () => {
  test.for([
    ['* * * * *', 'Every minute'],
    ['*/15 * * * *', 'Every 15 minutes'],
    ['4-59/5 * * * *', 'Every 5 minutes from minute 4'],
    ['4-44/5 * * * *', '4-44/5 * * * *'],
    ['*/7 * * * *', '*/7 * * * *'],
    ['0 * * * *', 'Every hour'],
    ['15 * * * *', 'Every hour at minute 15'],
    ['0 */6 * * *', 'Every 6 hours'],
    ['30 */6 * * *', 'Every 6 hours at minute 30'],
    ['0 */5 * * *', '0 */5 * * *'],
    ['0 6 * * *', 'Daily at 06:00'],
    ['0 6 ? * ?', 'Daily at 06:00'],
    ['0 6,18 * * *', 'Daily at 06:00 and 18:00'],
    ['0 6 * * 0-6', 'Daily at 06:00'],
    ['30 7 * * 1-5', 'Weekdays at 07:30'],
    ['30 7 * * mon-fri', 'Weekdays at 07:30'],
    ['0 6 * * 6,7', 'Weekends at 06:00'],
    ['0 6 * * 1', 'Mondays at 06:00'],
    ['0 6 * * 0', 'Sundays at 06:00'],
    ['0 6 * * 0,1,3', 'Mondays, Wednesdays and Sundays at 06:00'],
    ['0 2 1 * *', 'Monthly on the 1st at 02:00'],
    ['0 2 2,3,11,22 * *', 'Monthly on the 2nd, 3rd, 11th and 22nd at 02:00'],
    ['0 2 L * *', 'Monthly on the last day at 02:00'],
    ['0 6 1 * MON', 'Every 1st or Monday at 06:00'],
    ['0 6 1 3 *', 'Yearly on 1 March at 06:00'],
    ['0 6 * 3 1', '0 6 * 3 1'],
    ['0 6 * * 5#2', '0 6 * * 5#2'],
  ] as const)('%s is "%s"', ([cron, words]) => {
    expect(describeCadence(parseCadence(cron, 'UTC'))).toBe(words)
  })
})
