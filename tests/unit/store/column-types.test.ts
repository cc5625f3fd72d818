import fc from 'fast-check'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { instantOf } from '../../../agent/store/column-types.ts'

const usual = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text') as (text: string) => Date | number

/** As a server writes an instant: the seconds with as many decimals as are needed. */
function written(at: Date, micros: number, zone: string): string {
  const iso = at.toISOString()
  const fraction = `${iso.slice(20, 23)}${String(micros).padStart(3, '0')}`.replace(/0+$/, '')
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction === '' ? '' : `.${fraction}`}${zone}`
}

describe('an instant of the database', () => {
  test('is what the driver itself would read, in any zone, with any decimals', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }),
        fc.integer({ min: 0, max: 999 }),
        fc.constantFrom('+00', '+02', '-07', '+05:30', '-00:44:30'),
        (at, micros, zone) => {
          const text = written(at, micros, zone)
          expect(instantOf(text)).toEqual(usual(text))
        },
      ),
    )
  })

  test.each(['infinity', '-infinity', '0044-03-15 12:00:00+00 BC', '12026-01-01 00:00:00+00'])(
    'bad input 26: %s is left to the driver',
    (text) => {
      expect(instantOf(text)).toEqual(usual(text))
    },
  )
})
